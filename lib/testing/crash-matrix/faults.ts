/** The faults, as data: where each can strike, and what is done there. */
import type { CrashFaultName, CrashPoint } from './report.js';

export interface CrashFault {
  readonly name: CrashFaultName;
  /** Completes "At POINT, ...": what is done. */
  readonly text: string;
  readonly kinds: readonly CrashPoint['kind'][];
  readonly when: CrashPoint['when'];
  /** What happens to the call itself: to the request, and to the exchange with the target. @default - nothing */
  readonly call?: 'cut before' | 'cut after' | 'hang after' | 'refused' | 'throttled' | 'stale';
  /** What happens besides, at `when`. */
  readonly deed?: 'kill' | 'restart the target' | 'strip AWSPENDING' | 'write AWSCURRENT' | 'expire sessions';
  /** For steps: how they are delivered. */
  readonly delivery?: 'cold' | 'twice' | 'overlapping';
  /** Only operations that read. */
  readonly readsOnly?: true;
}

/** Requests that are throttled in a row: AWS's SDKs try again more often than that. */
export const throttledRequests = 2;

const calls = ['secretsmanager', 'sts', 'target'] as const;
const requests = ['secretsmanager', 'sts'] as const;

export const crashFaults: readonly CrashFault[] = [
  {
    name: 'killed-before',
    text: 'the function is killed with SIGKILL before the call has any effect',
    kinds: calls,
    when: 'before',
    call: 'cut before',
    deed: 'kill',
  },
  {
    name: 'killed-after',
    text: 'the function is killed with SIGKILL when the call has had its effect',
    kinds: calls,
    when: 'after',
    call: 'cut after',
    deed: 'kill',
  },
  {
    name: 'answer-lost',
    text: 'the call has its effect and the connection breaks before the answer',
    kinds: calls,
    when: 'after',
    call: 'cut after',
  },
  {
    name: 'error-answer',
    text: 'the call is refused (AccessDenied; the target: the connection breaks) and has no effect',
    kinds: calls,
    when: 'before',
    call: 'refused',
  },
  {
    name: 'throttled',
    text: `the request and the next are throttled`,
    kinds: requests,
    when: 'before',
    call: 'throttled',
  },
  {
    name: 'hang-until-deadline',
    text: "the call has its effect and the answer does not come before the function's time is up",
    kinds: calls,
    when: 'after',
    call: 'hang after',
  },
  {
    name: 'stale-read',
    text: 'the read sees what was before the last write',
    kinds: ['secretsmanager'],
    when: 'before',
    call: 'stale',
    readsOnly: true,
  },
  {
    name: 'step-delivered-twice',
    text: 'the step is delivered twice in a row',
    kinds: ['step'],
    when: 'before',
    delivery: 'twice',
  },
  {
    name: 'deliveries-overlapping',
    text: 'the step is delivered to two processes at once',
    kinds: ['step'],
    when: 'before',
    delivery: 'overlapping',
  },
  {
    name: 'cold-start-between-steps',
    text: 'the function is replaced by a fresh process',
    kinds: ['step'],
    when: 'before',
    delivery: 'cold',
  },
  {
    name: 'target-restarted',
    text: 'the target is restarted',
    kinds: ['step', 'target'],
    when: 'before',
    deed: 'restart the target',
  },
  {
    name: 'pending-stripped',
    text: 'an operator takes AWSPENDING away',
    kinds: calls,
    when: 'before',
    deed: 'strip AWSPENDING',
  },
  {
    name: 'written-meanwhile',
    text: 'somebody else writes AWSCURRENT: the same value, as a new version',
    kinds: calls,
    when: 'before',
    deed: 'write AWSCURRENT',
  },
  {
    name: 'session-expired',
    text: "the caller's sessions expire",
    kinds: ['secretsmanager'],
    when: 'before',
    deed: 'expire sessions',
  },
];

/** Whether a fault can strike there. */
export function strikesAt(fault: CrashFault, { kind, name }: Pick<CrashPoint, 'kind' | 'name'>): boolean {
  return fault.kinds.includes(kind) && (!fault.readsOnly || reads(name));
}

/** Whether a request of that name changes nothing. */
export function reads(operation: string): boolean {
  return /^(Get|Describe|List)/.test(operation);
}
