/**
 * The evaluator against another one: IAM Simulate decides each generated case as well. No difference is left unexplained: where
 * the two must differ, `knownDifference` says why.
 */

import { runSimulation } from '@cloud-copilot/iam-simulate';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decisionOf, type Outcome, outcomeOf, withOneStatementMore, withoutOneStatement } from './decided-here.js';
import { type Sample, samples, sessionArn } from './iam-samples.js';
import { knownDifferences, plainCase } from './known-differences.js';

const runs = 5_000;

async function simulated(sample: Sample, keys: Record<string, string | string[]>): Promise<Outcome> {
  const { identity, boundary, session, resourcePolicy } = sample;
  const answer = await runSimulation(
    {
      request: {
        principal: sample.kind === 'function' ? 'secretsmanager.amazonaws.com' : sessionArn,
        action: sample.action,
        resource: { resource: sample.resource, accountId: sample.resourceAccount },
        contextVariables: keys,
      },
      identityPolicies: identity.map((policy, i) => ({ name: `policy ${i}`, policy })),
      ...(boundary && { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
      ...(session && { sessionPolicy: session }),
      ...(resourcePolicy && { resourcePolicy }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`no valid case: ${JSON.stringify(answer.errors)}`);
  if (answer.resultType !== 'single') throw new Error('no single case');
  // `expect` makes an Error for its stack each time, which takes as long as a tenth of the decision.
  const ignored = answer.result.ignoredContextKeys;
  if (ignored?.length !== 0) throw new Error(`context keys that were ignored: ${ignored}`);
  return answer.overallResult;
}

it(`decides ${runs} cases as IAM Simulate does`, async () => {
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  let cases = 0;
  const share = (what: string) => (counts.get(what) ?? 0) / runs;
  await fc.assert(
    fc.asyncProperty(samples, async (sample) => {
      const { decision, keys } = decisionOf(sample);
      const ours = outcomeOf(decision);
      count(ours);
      // Every twentieth is enough to know the share.
      cases += 1;
      if (cases % 20 === 0 && isNearBorder(sample, ours)) count('near the border');
      if ((await simulated(sample, keys)) === ours) return;
      const disputed = knownDifferences.filter(({ rewrite }) => differs(rewrite(sample, keys), sample));
      const undisputed = disputed.reduce((rest, { rewrite }) => rewrite(rest, keys), sample);
      const there = await simulated(undisputed, keys);
      if (there !== ours) throw new Error(`here ${ours}, there ${there}: ${decision.explanation}`);
      // The rewriting is none in the eyes of this evaluator: it explains the difference, and covers up no other.
      expect(outcomeOf(decisionOf(undisputed).decision)).toBe(ours);
      count('explained');
      for (const { name } of disputed) count(name);
    }),
    { numRuns: runs },
  );
  for (const outcome of ['Allowed', 'ImplicitlyDenied', 'ExplicitlyDenied'])
    expect(share(outcome)).toBeGreaterThan(0.15);
  expect(share('near the border') * 20).toBeGreaterThan(0.5);
  expect(share('explained')).toBeLessThan(0.07);
}, 240_000);

it.each(knownDifferences)('differs on purpose: $name', async ({ example, rewrite }) => {
  const sample = { ...plainCase, ...example };
  const { decision, keys } = decisionOf(sample);
  const ours = outcomeOf(decision);
  expect(await simulated(sample, keys)).not.toBe(ours);
  expect(await simulated(rewrite(sample, keys), keys)).toBe(ours);
});

/** Whether the outcome hangs on a single statement: one that is there, or one more. */
function isNearBorder(sample: Sample, outcome: Outcome): boolean {
  return [...withoutOneStatement(sample), ...withOneStatementMore(sample)].some(
    (other) => outcomeOf(decisionOf(other).decision) !== outcome,
  );
}

function differs(a: Sample, b: Sample): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
