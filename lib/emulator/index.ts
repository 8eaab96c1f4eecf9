/** A local AWS Secrets Manager and STS that speaks the wire protocol and runs rotation functions. */
export type { Decision, PolicyKind, StatementReference } from './access/decision.js';
export type { NamedPolicy, OneOrMany, PolicyDocument, PolicyStatement, PrincipalElement } from './access/policy.js';
export { DeployError, type Place } from './assembly/deploy-error.js';
export type {
  DatabaseTarget,
  DeployedStack,
  Deployment,
  DeployOptions,
  DeployProgress,
  FunctionCode,
  NotModelled,
  StartedRotation,
} from './assembly/deployment.js';
export type {
  BundledFunction,
  CommandFunction,
  Credentials,
  Emulator,
  EmulatorOptions,
  FunctionContext,
  FunctionDefinition,
  FunctionEvent,
  GrantDefinition,
  InProcessFunction,
  InvokePermission,
  KeyDefinition,
  KeyState,
  ManagedSecretDefinition,
  PolicySimulation,
  RecordedRequest,
  RoleDefinition,
  RotationOutcome,
  RotationStatus,
  RotationStep,
  RuntimeFunction,
  ServiceEvent,
  StepOutcome,
} from './emulator.js';
export type {
  InterceptedInvocation,
  InterceptedRequest,
  Interceptor,
  InvocationInterception,
  RequestInterception,
} from './interception/interceptor.js';
export { startEmulator } from './start-emulator.js';
export { type UndocumentedBehaviour, undocumentedDefaults } from './undocumented.js';
export type {
  DeliveryEffect,
  ReadAfterWriteLag,
  ScaledRates,
  Weather,
  WeatherControl,
  WeatherEffect,
  WeatherError,
  WeatherMark,
  WeatherRule,
} from './weather/weather.js';
