import type { RecordedRequest } from '../../emulator.js';
import type { History } from '../../history.js';
import { decision, event, page, request } from '../answers.js';
import type { QueryParameter, Route } from '../route.js';
import { route } from '../route.js';

const since: QueryParameter = {
  schema: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'From the record of this number on: 0 was the first, and `next` is the number of what comes.',
  },
};

const filter: QueryParameter = { schema: { type: 'string', minLength: 1 } };

/** The records from a number on; those that are forgotten keep their numbers. */
function read<T>(history: History<T>, from: number, fits: (record: T) => boolean): { records: T[]; next: number } {
  const { all, forgotten } = history;
  return { records: all.slice(Math.max(0, from - forgotten)).filter(fits), next: forgotten + all.length };
}

const requestFilters = ['service', 'operation', 'accountId', 'secretArn', 'step', 'errorCode'] as const;
type RequestFilters = Partial<Pick<RecordedRequest, (typeof requestFilters)[number]>>;

export const historyRoutes: readonly Route[] = [
  route<{ since?: number } & RequestFilters>({
    method: 'GET',
    path: '/requests',
    summary: 'Lists the requests that came in, oldest first.',
    query: { since, ...Object.fromEntries(requestFilters.map((name) => [name, filter])) },
    answer: page('requests', request),
    run({ since: from = 0, ...filters }, { world }) {
      const fits = (record: RecordedRequest) =>
        requestFilters.every((name) => filters[name] === undefined || filters[name] === record[name]);
      const { records, next } = read(world.log.history, from, fits);
      return { requests: records, next };
    },
  }),
  route<{ since?: number; allowed?: 'true' | 'false'; action?: string; callerArn?: string }>({
    method: 'GET',
    path: '/decisions',
    summary: 'Lists what was decided of each action, oldest first.',
    query: {
      since,
      allowed: { schema: { type: 'string', enum: ['true', 'false'], description: 'false: the refusals alone.' } },
      action: { schema: { type: 'string', minLength: 1, description: 'Such as `kms:Decrypt`.' } },
      callerArn: filter,
    },
    answer: page('decisions', decision),
    run({ since: from = 0, allowed, action, callerArn }, { world }) {
      const { records, next } = read(
        world.service.access.history,
        from,
        (record) =>
          (allowed === undefined || String(record.allowed) === allowed) &&
          (action === undefined || record.action === action) &&
          (callerArn === undefined || record.callerArn === callerArn),
      );
      return { decisions: records, next };
    },
  }),
  route<{ since?: number; eventName?: string }>({
    method: 'GET',
    path: '/events',
    summary: 'Lists what the service did by itself, oldest first.',
    query: { since, eventName: filter },
    answer: page('events', event),
    run({ since: from = 0, eventName }, { world }) {
      const fits = (record: { eventName: string }) => eventName === undefined || record.eventName === eventName;
      const { records, next } = read(world.events.history, from, fits);
      return { events: records, next };
    },
  }),
];
