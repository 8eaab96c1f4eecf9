import { stsOperation } from './operation.js';

/** Tells anyone who they are: no permission is needed for it. */
export const getCallerIdentity = stsOperation({
  name: 'GetCallerIdentity',
  input: {},
  run: ({ caller }) => ({ UserId: caller.userId, Account: caller.accountId, Arn: caller.arn }),
});
