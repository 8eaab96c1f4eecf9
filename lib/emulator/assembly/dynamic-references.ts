import { TemplateFault } from './deploy-error.js';
import { isList, isObject, type Json } from './template.js';

/** Where the values of `{{resolve:…}}` come from. */
export interface DynamicSources {
  /** @throws DeployError when there is no such secret */
  secretString(request: {
    readonly secretId: string;
    readonly versionStage?: string;
    readonly versionId?: string;
  }): string;
  ssmParameter(name: string): string;
  /** Told of each value that may be a secret. */
  conceal(value: string): void;
}

/** The value with its dynamic references replaced. @throws TemplateFault for one that cannot be read */
export function replaceDynamicReferences(value: Json, sources: DynamicSources): Json {
  if (isList(value)) return value.map((item) => replaceDynamicReferences(item, sources));
  if (isObject(value)) {
    const members = Object.entries(value).map(
      ([name, each]) => [name, replaceDynamicReferences(each, sources)] as const,
    );
    return Object.fromEntries(members);
  }
  if (typeof value !== 'string') return value;
  return value.replace(/\{\{resolve:([a-z-]+):([^}]*)\}\}/g, (_, service: string, body: string) => {
    const read = readers.get(service);
    if (read === undefined) throw new TemplateFault(`{{resolve:${service}:…}} is not understood`);
    const found = read(body, sources);
    if (service !== 'ssm') sources.conceal(found);
    return found;
  });
}

const fromParameter = (body: string, sources: DynamicSources) => sources.ssmParameter(body.replace(/:\d+$/, ''));

const readers: ReadonlyMap<string, (body: string, sources: DynamicSources) => string> = new Map([
  ['secretsmanager', fromSecret],
  ['ssm', fromParameter],
  ['ssm-secure', fromParameter],
]);

/** SECRET-ID:SecretString:KEY:STAGE:VERSION, of which the id alone has to be there; an ARN has colons of its own. */
function fromSecret(body: string, sources: DynamicSources): string {
  const [, secretId = '', rest = ''] = /^(arn(?::[^:]*){6}|[^:]*):?(.*)$/.exec(body) ?? [];
  const [kind = 'SecretString', key, versionStage, versionId] = rest.split(':');
  if (kind !== '' && kind !== 'SecretString')
    throw new TemplateFault(`{{resolve:secretsmanager:…}} reads SecretString, not ${kind}`);
  const text = sources.secretString({
    secretId,
    ...(versionStage && { versionStage }),
    ...(versionId && { versionId }),
  });
  return key ? memberOf(text, key) : text;
}

function memberOf(text: string, key: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below, for JSON without the key as well.
  }
  const member = isObject(value) ? value[key] : undefined;
  if (member === undefined || member === null) throw new TemplateFault(`the secret has no key ${key} in its JSON`);
  return typeof member === 'string' ? member : JSON.stringify(member);
}
