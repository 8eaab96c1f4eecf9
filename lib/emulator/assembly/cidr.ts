import { TemplateFault } from './deploy-error.js';

/**
 * `Fn::Cidr`: the first so many blocks of a block, each with so many bits of its own.
 * @throws TemplateFault for what is no block, or has no room for them
 */
export function cidrBlocks(block: string, count: number, bits: number): string[] {
  const [address = '', prefixText = ''] = block.split('/');
  const width = address.includes(':') ? 128 : 32;
  const prefix = Number(prefixText);
  const base = width === 32 ? readIpv4(address) : readIpv6(address);
  if (base === undefined || !/^\d{1,3}$/.test(prefixText) || prefix > width) {
    throw new TemplateFault(`Fn::Cidr: ${block} is not a block of addresses`);
  }
  if (!(count >= 1 && count <= 256)) throw new TemplateFault('Fn::Cidr: the number of blocks is 1 to 256');
  const ownPrefix = width - bits;
  if (bits < 1 || ownPrefix < prefix || 2 ** (ownPrefix - prefix) < count) {
    throw new TemplateFault(`Fn::Cidr: ${block} has no room for ${count} blocks of ${bits} bits`);
  }
  const start = (base >> BigInt(width - prefix)) << BigInt(width - prefix);
  return Array.from({ length: count }, (_, index) => {
    const own = start + (BigInt(index) << BigInt(bits));
    return `${width === 32 ? writeIpv4(own) : writeIpv6(own)}/${ownPrefix}`;
  });
}

function readIpv4(address: string): bigint | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
}

function readIpv6(address: string): bigint | undefined {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...left, ...Array<string>(tail === undefined ? 0 : missing).fill('0'), ...right];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}

function writeIpv4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((address >> shift) & 255n)).join('.');
}

/** The longest run of zero groups is left out, as RFC 5952 writes addresses. */
function writeIpv6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((address >> BigInt(112 - index * 16)) & 65535n).toString(16));
  let zeros = { start: 0, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    const next = groups.slice(start).findIndex((group) => group !== '0');
    const length = next < 0 ? 8 - start : next;
    if (length > zeros.length) zeros = { start, length };
  }
  if (zeros.length < 2) return groups.join(':');
  const [left, right] = [groups.slice(0, zeros.start), groups.slice(zeros.start + zeros.length)];
  return `${left.join(':')}::${right.join(':')}`;
}
