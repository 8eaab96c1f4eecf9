import { readCloudAssembly, type StackArtifact } from './cloud-assembly.js';
import { Concealed } from './concealed.js';
import { DeployError } from './deploy-error.js';
import { deployedStack, deploymentOf } from './deployed-stack.js';
import type { Deployment, DeployOptions, DeployProgress, StartedRotation } from './deployment.js';
import type { Estate } from './estate.js';
import { type Run, StackRun, type WaitingSchedule } from './stack-run.js';

/**
 * Deploys the stacks of a cloud assembly, each after those that it depends on, as CloudFormation would: first everything
 * but the rotation schedules, then `beforeRotation`, then the schedules. Done once their rotations have ended.
 */
export async function deploy(
  estate: Estate,
  region: string,
  folder: string,
  options: DeployOptions,
): Promise<Deployment> {
  return estate.inTurn(async () => {
    const done: string[] = [];
    const concealed = new Concealed();
    try {
      const artifacts = readCloudAssembly(folder);
      assertOptionsFit(options, artifacts);
      return await deployStacks(estate, region, artifacts, options, { done, concealed });
    } catch (error) {
      if (!(error instanceof DeployError)) throw error;
      throw error.after(done, concealed);
    }
  });
}

async function deployStacks(
  estate: Estate,
  region: string,
  artifacts: readonly StackArtifact[],
  options: DeployOptions,
  { done, concealed }: { readonly done: string[]; readonly concealed: Concealed },
): Promise<Deployment> {
  const schedules: WaitingSchedule[] = [];
  const report = (progress: DeployProgress) => {
    const { action, stackName, logicalId, type } = progress;
    done.push(`${action} ${stackName}/${logicalId} (${type})`);
    options.onProgress?.(progress);
  };
  const run: Run = { estate, options, schedules, report, concealed };
  estate.roles.supply(options.managedPolicies ?? {});
  const stacks = placed(artifacts, estate, region, options).map(({ artifact, record }) => {
    new StackRun(artifact, record, run).deploy();
    return deployedStack(artifact, record, estate);
  });
  await options.beforeRotation?.(deploymentOf(stacks, []));
  return deploymentOf(stacks, await startRotations(schedules, estate, options));
}

/** @throws DeployError when two stacks would be the same one */
function placed(artifacts: readonly StackArtifact[], estate: Estate, emulatorRegion: string, options: DeployOptions) {
  const taken = new Set<string>();
  return artifacts.map((artifact) => {
    const accountId = artifact.accountId ?? options.accountId ?? '000000000000';
    const region = artifact.region ?? options.region ?? emulatorRegion;
    const { stackName } = artifact;
    const key = [accountId, region, stackName].join(' ');
    if (taken.has(key)) throw new DeployError(`two stacks have this name in ${accountId} and ${region}`, { stackName });
    taken.add(key);
    return { artifact, record: estate.stack(stackName, accountId, region) };
  });
}

/** All are started before any is waited for, as stacks do not wait for rotations. */
async function startRotations(
  schedules: readonly WaitingSchedule[],
  estate: Estate,
  { onProgress }: DeployOptions,
): Promise<StartedRotation[]> {
  const started = schedules.map((schedule) => ({ ...schedule, secretArn: schedule.start()?.secretArn }));
  return Promise.all(
    started.flatMap(({ stack: { stackName, accountId, region }, logicalId, secretArn }) => {
      if (secretArn === undefined) return [];
      return estate.settled(secretArn).then((outcome): StartedRotation => {
        const { status, message } = outcome;
        const type = 'AWS::SecretsManager::RotationSchedule';
        const progress = { action: 'rotation', stackName, accountId, region, logicalId, type, status } as const;
        onProgress?.({ ...progress, ...(message !== undefined && { message }) });
        return { stackName, logicalId, secretArn, outcome };
      });
    }),
  );
}

/** An option that names nothing is a slip of the pen. */
function assertOptionsFit(
  { accountId, targets, functions, parameters }: DeployOptions,
  artifacts: readonly StackArtifact[],
): void {
  if (accountId !== undefined && !/^\d{12}$/.test(accountId)) throw new RangeError('accountId is 12 digits');
  const resources = new Set(
    artifacts.flatMap(({ stackName, displayName, template, constructPaths }) =>
      [...Object.keys(template.Resources), ...constructPaths.keys()].flatMap((id) => [
        `${stackName}/${id}`,
        `${displayName}/${id}`,
      ]),
    ),
  );
  const known = new Set(
    artifacts.flatMap(({ stackName, displayName, template }) =>
      Object.keys(template.Parameters ?? {}).flatMap((name) => [
        name,
        `${stackName}/${name}`,
        `${displayName}/${name}`,
      ]),
    ),
  );
  assertKnown('targets', targets, resources, 'a resource: STACK/LOGICALID or STACK/CONSTRUCT/PATH');
  assertKnown('functions', functions, resources, 'a resource: STACK/LOGICALID or STACK/CONSTRUCT/PATH');
  assertKnown('parameters', parameters, known, 'a parameter: NAME or STACK/NAME');
}

function assertKnown(option: string, given: object | undefined, known: ReadonlySet<string>, of: string): void {
  const unknown = Object.keys(given ?? {}).find((name) => !known.has(name));
  if (unknown !== undefined) throw new DeployError(`\`${option}\` has '${unknown}', which is not the name of ${of}`);
}
