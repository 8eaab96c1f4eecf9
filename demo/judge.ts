import type { Problem, RotationReport } from './report.js';

/** What the report's counts do not say of the consumer. */
export interface ConsumerVerdict {
  readonly worksBefore: boolean;
  readonly worksAfter: boolean;
  /** What went wrong besides refused credentials. */
  readonly troubles: readonly string[];
}

/** Where a rotation's report differs from what was expected of it. */
export function judge(
  report: Omit<RotationReport, 'ok'>,
  consumer: ConsumerVerdict,
  functionOutput: string,
): Problem[] {
  const { id, expected } = report;
  const problems: Problem[] = [];
  const demand = (met: boolean, expectation: string, found: unknown, lookAt: string) => {
    if (!met) problems.push({ where: id, expected: expectation, found: String(found), lookAt });
  };
  const output = `the function's output:\n${functionOutput.trim() || '(none)'}`;
  const said = report.message ? `${report.status}: ${report.message}` : report.status;
  demand(report.status === expected.status, `the rotation ends as ${expected.status}`, said, output);
  const message = expected.message
    ?.replace('VERSION_ID', report.versionId)
    .replace('SECRET_ARN', report.secretArn)
    .replace('LAMBDA_ARN', report.functionArn);
  demand(report.message === message, `the message is ${message ?? 'absent'}`, said, output);

  const calls = 'steps[].calls of --json, and lib/rotation/steps.ts, which makes them';
  const { secretsManagerCalls, stsCalls } = report;
  const most = expected.maxSecretsManagerCalls;
  demand(secretsManagerCalls > 0, 'the function calls Secrets Manager', secretsManagerCalls, calls);
  demand(secretsManagerCalls <= most, `at most ${most} calls to Secrets Manager`, secretsManagerCalls, calls);
  const wantsSts = expected.stsCalls === 'some';
  demand(stsCalls > 0 === wantsSts, `${expected.stsCalls} calls to STS`, stsCalls, 'lib/aws/access.ts, which decides');

  const { oldRefused, newAccepted } = report;
  const strategy = 'setSecret of lib/databases/strategies/ (lambda/api-key.ts for e)';
  demand(oldRefused === expected.oldRefused, `old credential refused: ${expected.oldRefused}`, oldRefused, strategy);
  demand(newAccepted === expected.newAccepted, `new one accepted: ${expected.newAccepted}`, newAccepted, strategy);

  const { attempts, failures } = report.consumer;
  const { worksBefore, worksAfter, troubles } = consumer;
  const database = "the secret's AWSCURRENT, and what it opens";
  demand(worksBefore, 'AWSCURRENT works before the rotation', 'refused for 5 s', database);
  demand(worksAfter, 'AWSCURRENT works after the rotation', 'refused for 5 s', database);
  demand(troubles.length === 0, 'nothing but refused credentials', troubles[0], 'the servers: are they reachable?');
  if (expected.consumerFailures === 'none') {
    demand(failures === 0, 'no failure of the consumer', `${failures} of ${attempts} failed`, strategy);
  }
  return problems;
}
