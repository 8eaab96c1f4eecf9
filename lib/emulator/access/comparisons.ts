/** The condition operators of IAM: what each compares, and whether it asks for the opposite. */
import { BlockList, isIP, isIPv4 } from 'node:net';
import { fitsGlob } from './glob.js';

export interface Comparison {
  /** Wanted is the policy's value, found the request's. */
  readonly compare: (wanted: string, found: string) => boolean;
  /** None of the wanted values may match. */
  readonly negated: boolean;
  /** Wanted values: 'pattern' has wildcards and variables, 'plain' has variables, 'verbatim' is as it stands. */
  readonly form: 'pattern' | 'plain' | 'verbatim';
}

type Compare = Comparison['compare'];

const equal: Compare = (wanted, found) => wanted === found;
const equalIgnoringCase: Compare = (wanted, found) => wanted.toLowerCase() === found.toLowerCase();
const sameBoolean: Compare = (wanted, found) => /^(?:true|false)$/i.test(wanted) && equalIgnoringCase(wanted, found);

/** Each of the six parts of an ARN is matched by itself; the last one holds the remaining colons. */
const arnLike: Compare = (wanted, found) => {
  const patterns = arnParts(wanted);
  const parts = arnParts(found);
  return patterns.length === parts.length && patterns.every((pattern, i) => fitsGlob(pattern, parts[i] ?? ''));
};

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** An address, or a block of them in CIDR notation. */
const inBlock: Compare = (wanted, found) => {
  const [address = '', bits] = wanted.split('/');
  const family = isIP(address);
  if (family === 0 || family !== isIP(found)) return false;
  const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128)) return false;
  const kind = isIPv4(address) ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(address, prefix, kind);
  return block.check(found, kind);
};

/** Values that are no numbers, or no dates, compare with nothing. */
const ordered =
  (amountOf: (text: string) => number, holds: (order: number) => boolean): Compare =>
  (wanted, found) => {
    const order = amountOf(found) - amountOf(wanted);
    return !Number.isNaN(order) && holds(order);
  };

const numberOf = (text: string) => (/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN);
/** ISO 8601, or seconds since 1970. */
const instantOf = (text: string) => (/^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const orders: readonly (readonly [string, (order: number) => boolean])[] = [
  ['Equals', (order) => order === 0],
  ['LessThan', (order) => order < 0],
  ['LessThanEquals', (order) => order <= 0],
  ['GreaterThan', (order) => order > 0],
  ['GreaterThanEquals', (order) => order >= 0],
];

const plain = (name: string, compare: Compare): [string, Comparison] => [
  name,
  { compare, negated: false, form: 'plain' },
];
const pattern = (name: string, compare: Compare): [string, Comparison] => [
  name,
  { compare, negated: false, form: 'pattern' },
];
const verbatim = (name: string, compare: Compare): [string, Comparison] => [
  name,
  { compare, negated: false, form: 'verbatim' },
];
const not = (name: string, [, comparison]: [string, Comparison]): [string, Comparison] => [
  name,
  { ...comparison, negated: true },
];

const affirmative: readonly [string, Comparison][] = [
  plain('StringEquals', equal),
  plain('StringEqualsIgnoreCase', equalIgnoringCase),
  pattern('StringLike', fitsGlob),
  pattern('ArnEquals', arnLike),
  pattern('ArnLike', arnLike),
  ...orders.map(([order, holds]) => verbatim(`Numeric${order}`, ordered(numberOf, holds))),
  ...orders.map(([order, holds]) => verbatim(`Date${order}`, ordered(instantOf, holds))),
  verbatim('Bool', sameBoolean),
  // Both sides are base64.
  verbatim('BinaryEquals', equal),
  verbatim('IpAddress', inBlock),
];

const negatable = /^(String|Arn|Numeric|Date)(Equals|EqualsIgnoreCase|Like)$/;

export const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ...affirmative,
  ...affirmative
    .filter(([name]) => negatable.test(name))
    .map((entry) => not(entry[0].replace(negatable, '$1Not$2'), entry)),
  not('NotIpAddress', verbatim('IpAddress', inBlock)),
]);
