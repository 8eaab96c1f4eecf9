/**
 * Every refusal by a rule of Secrets Manager, once. `[..]` names the recording that the text is from; texts without one
 * were never recorded and are the nearest that documents or other emulators have.
 */
import { Fault } from './fault.js';
import type { KmsRefusal } from './kms/kms-refusal.js';

const invalidRequest = (message: string) => new Fault('InvalidRequestException', message);
const invalidParameter = (message: string) => new Fault('InvalidParameterException', message);
const notFound = (message: string) => new Fault('ResourceNotFoundException', message);

/** Also what ValidateResourcePolicy says [recorded-authority H2, H3]. */
export const publicPolicy = 'You can not attach a resource policy that grants Public access to your secret.';
export const lockOut = 'This resource policy will not allow you to manage this secret in the future.';

export const refusals = {
  /** [E9] */
  secretNotFound: () => notFound("Secrets Manager can't find the specified secret."),
  /** [E9] */
  labelNotFound: (label: string) =>
    notFound(`Secrets Manager can't find the specified secret value for staging label: ${label}`),
  /** [E9] */
  versionNotFound: (id: string) =>
    notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`),
  /** moto's, for a label that is to be moved to it */
  versionInvalid: (id: string) => invalidParameter(`Not a valid version: ${id}`),
  /** [E8] */
  labelElsewhere: () => invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.'),
  /** LocalStack's snapshots of AWS */
  invalidName: () =>
    new Fault(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    ),
  /** [G1] */
  markedForDeletion: () =>
    invalidRequest("You can't perform this operation on the secret because it was marked for deletion."),
  /** LocalStack's snapshots of AWS */
  nameScheduledForDeletion: () =>
    invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion."),
  /** LocalStack's snapshots of AWS */
  nameExists: (name: string) =>
    new Fault('ResourceExistsException', `The operation failed because the secret ${name} already exists.`),
  /** LocalStack's snapshots of AWS; for RotateSecret the same text is an InvalidParameterException */
  tokenMissing: () => invalidRequest('You must provide a ClientRequestToken value. We recommend a UUID-type value.'),
  rotationTokenMissing: () =>
    invalidParameter('You must provide a ClientRequestToken value. We recommend a UUID-type value.'),
  /** [E3] */
  tokenInUse: (token: string, arn: string) =>
    new Fault(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
    ),
  /** [H3] for neither; both at once was not recorded */
  oneValue: () => invalidRequest('You must provide either SecretString or SecretBinary.'),
  /** [E5] */
  removeFromMissing: (label: string, holder: string) =>
    invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    ),
  removeFromWrong: (label: string) =>
    invalidParameter(
      `When you move staging label ${label}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${label}.`,
    ),
  currentUnremovable: () =>
    invalidParameter(
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    ),
  labelMoveEmpty: () => invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId or both.'),
  tooManyVersions: () => new Fault('LimitExceededException', 'A secret can have at most 100 versions.'),
  tooManyLabels: () =>
    new Fault('LimitExceededException', 'A secret can have at most 20 staging labels over all of its versions.'),
  /** [B2] */
  noRotationFunction: () => invalidRequest('No Lambda rotation function ARN is associated with this secret.'),
  /** [B1]; the same for a function that does not exist (LocalStack's snapshots of AWS) */
  functionNotInvokable: () =>
    new Fault(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    ),
  /** [B3] */
  rotationIncomplete: () => invalidRequest("A previous rotation isn't complete. That rotation will be reattempted."),
  /** seen on AWS by users of Terraform */
  daysAndExpression: () =>
    invalidParameter('You cannot specify both rotation frequency and schedule expression together.'),
  badSchedule: (why: string) => invalidParameter(`The schedule expression is not valid: ${why}`),
  /** [G3] */
  replicaUnchangeable: () =>
    invalidParameter("Operation not permitted on a replica secret. Call must be made in primary secret's region."),
  /** [G3] */
  primaryUnpromotable: () =>
    invalidParameter("Operation not permitted on a primary secret. Call must be made in replica secret's region."),
  /** [G3] */
  replicasRemain: (arn: string, regions: readonly string[]) =>
    invalidParameter(`You can't delete secret ${arn} that still has replica regions [${regions.join(', ')}].`),
  /** [recorded-authority I3] */
  replicaRegion: () => invalidParameter('Invalid replica region.'),
  /** [G6] */
  ownedUnchangeable: (owner: string) => invalidRequest(`Operation is not allowed on secret owned by ${owner}`),
  /** [recorded-authority H4]; that what could not be evaluated is refused alike is the emulator's */
  policyMalformed: () => new Fault('MalformedPolicyDocumentException', 'This resource policy contains a syntax error.'),
  /** [recorded-authority H5] */
  policyPublic: () => new Fault('PublicPolicyException', publicPolicy),
  /** The code of [recorded-authority B11]; recorded for tags, not for a policy that was put */
  lockOut: () => new Fault('AccessDeniedException', lockOut),
  notDeleted: () => invalidRequest("You can't perform this operation on the secret because it was not deleted."),
  tooManyTags: () => invalidParameter('A secret can have at most 50 tags.'),
  tagKeyReserved: () => invalidParameter('Tag keys that begin with aws: are reserved for the use of AWS.'),
  tagKeyTwice: () => invalidParameter('A request names each tag key once.'),
  filterKeyMissing: () => invalidParameter('Invalid filter key'),
  filterValuesMissing: (filterKey: string) => invalidParameter(`Invalid filter values for key: ${filterKey}`),
  idsOrFilters: () => invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both."),
  pagesWithoutFilters: () =>
    invalidParameter("'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."),
  windowAndForce: () =>
    invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."),
  windowRange: () => invalidParameter('RecoveryWindowInDays value must be between 7 and 30 days (inclusive).'),
  passwordTooShort: () => invalidParameter('Password length is too short based on the required types.'),
  passwordImpossible: () => invalidParameter('The excluded characters leave nothing to make the password of.'),
  nextTokenInvalid: () => new Fault('InvalidNextTokenException', 'The NextToken is not valid.'),
  /** [recorded-authority B10] */
  kmsNotAllowed: () => new Fault('AccessDeniedException', 'Access to KMS is not allowed'),
  /** [recorded-authority D16] */
  cannotDecrypt: ({ quoted }: KmsRefusal) =>
    new Fault('DecryptionFailure', `Secrets Manager can't decrypt the secret value: ${quoted}`),
  cannotEncrypt: ({ quoted }: KmsRefusal) =>
    new Fault('EncryptionFailure', `Secrets Manager can't encrypt the secret value: ${quoted}`),
  /** [recorded-authority D17]; pending deletion was not recorded */
  cannotUseKey: ({ code, quoted }: KmsRefusal) =>
    code === 'DisabledException'
      ? invalidParameter('The operation failed because the specified KMS key is disabled.')
      : invalidParameter(`The operation failed because of an invalid KMS key: ${quoted}`),
  /** LocalStack's snapshots of AWS */
  defaultKeyAcrossAccounts: () =>
    invalidRequest(
      "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    ),
  rotationTokenInUse: (token: string, arn: string) =>
    invalidRequest(
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
    ),
  functionAndVendor: () =>
    invalidParameter('A secret is rotated either by RotationLambdaARN or by ExternalSecretRotationRoleArn.'),
  /** The emulator's own: better than silently doing something else than AWS. */
  rotationNotModelled: () =>
    invalidRequest(
      'The emulator does not rotate managed external secrets, nor secrets that a service owns. With RotateImmediately=false it keeps the configuration.',
    ),
} as const;
