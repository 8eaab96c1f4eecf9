import { createHash } from 'node:crypto';

/** What stays the same as long as a resource is the same one: account, Region, stack and logical id. */
export interface ResourceIdentity {
  readonly accountId: string;
  readonly region: string;
  readonly stackName: string;
  readonly logicalId: string;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Twelve characters, always the same for the same resource: a deploy into an empty emulator makes the same names again. */
export function stableSuffix(identity: ResourceIdentity): string {
  return [...digest(identity).subarray(0, 12)].map((byte) => letters.charAt(byte % 32)).join('');
}

/** STACK-LOGICALID-SUFFIX, as CloudFormation names what has no name of its own. */
export function physicalName(identity: ResourceIdentity, maxLength: number): string {
  const name = `${identity.stackName}-${identity.logicalId}`.slice(0, maxLength - 13);
  return `${name}-${stableSuffix(identity)}`;
}

export function stableHex(identity: ResourceIdentity, length: number): string {
  return digest(identity).toString('hex').slice(0, length);
}

export function stableUuid(identity: ResourceIdentity): string {
  const hex = digest(identity).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function digest({ accountId, region, stackName, logicalId }: ResourceIdentity): Buffer {
  return createHash('sha256').update([accountId, region, stackName, logicalId].join(' ')).digest();
}
