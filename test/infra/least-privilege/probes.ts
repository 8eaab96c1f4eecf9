import type { Removal, Statement } from './statements.js';

/**
 * How it shows that a statement is needed. 'rotation': a rotation fails without it. 'cold start': the same, as soon as Lambda
 * starts the function anew. 'log': lines are lost. 'simulation': no rotation asks for it, so whoever does is simulated.
 */
export type Probe = 'rotation' | 'cold start' | 'log' | 'simulation';

export function probeOf({ kind, effect, actions, principal }: Statement): Probe {
  if (effect === 'Deny') return 'simulation';
  if (kind === 'trust') {
    const service = typeof principal === 'object' ? principal.Service : undefined;
    if (service === undefined) return 'rotation';
    return service === 'lambda.amazonaws.com' ? 'cold start' : 'simulation';
  }
  // The two of the overdue check, and what is called on a directory, which the emulator has none of.
  const [first = ''] = actions;
  if (/^(states|ds):/.test(first) || first === 'secretsmanager:ListSecretVersionIds') return 'simulation';
  if (first.startsWith('ec2:')) return 'cold start';
  return first.startsWith('logs:') ? 'log' : 'rotation';
}

/** Of what a rotation needs, the action that only one needs whose predecessor lost its AWSPENDING half way. */
export function isForLostVersions({ action }: Removal): boolean {
  return action === 'secretsmanager:ListSecretVersionIds';
}

/** Statements of constructs of aws-cdk itself, which the apps use beside ours. */
export function isOfTheCdk({ kind, logicalId, principal }: Statement): boolean {
  // ec2.Vpc: its flow logs.
  if (/^NetworkVpcRefusedIAMRole/.test(logicalId)) return true;
  // iam.ManagedPolicy: the boundary is the app's own.
  if (kind === 'permissions boundary') return true;
  // kms.Key and secretsmanager.Secret: the account of the key decides by its own policies.
  return kind === 'key' && JSON.stringify(principal).includes(':root');
}
