/** The partition of a Region, and the domain its services' names end in. */
export interface Partition {
  readonly name: string;
  readonly urlSuffix: string;
}

export function partitionOf(region: string): Partition {
  if (region.startsWith('cn-')) return { name: 'aws-cn', urlSuffix: 'amazonaws.com.cn' };
  if (region.startsWith('us-gov-')) return { name: 'aws-us-gov', urlSuffix: 'amazonaws.com' };
  if (region.startsWith('us-isob-')) return { name: 'aws-iso-b', urlSuffix: 'sc2s.sgov.gov' };
  if (region.startsWith('us-iso-')) return { name: 'aws-iso', urlSuffix: 'c2s.ic.gov' };
  return { name: 'aws', urlSuffix: 'amazonaws.com' };
}
