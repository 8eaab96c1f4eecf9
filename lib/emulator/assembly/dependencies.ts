import { TemplateFault } from './deploy-error.js';
import { isList, isObject, type Json, type TemplateResource } from './template.js';

/** What a value refers to by Ref, Fn::GetAtt or Fn::Sub: logical ids, and names of parameters among them. */
function referencesOf(value: Json): string[] {
  if (isList(value)) return value.flatMap(referencesOf);
  if (!isObject(value)) return [];
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': template } = value;
  return [
    ...(typeof Ref === 'string' ? [Ref] : []),
    ...(typeof attribute === 'string' ? attribute.split('.', 1) : []),
    ...(isList(attribute) && typeof attribute[0] === 'string' ? [attribute[0]] : []),
    ...(typeof template === 'string' ? substituted(template) : []),
    ...(isList(template) && typeof template[0] === 'string' ? substituted(template[0]) : []),
    ...Object.values(value).flatMap(referencesOf),
  ];
}

function substituted(template: string): string[] {
  return [...template.matchAll(/\$\{([^!}][^}.]*)[^}]*\}/g)].map(([, name = '']) => name.trim());
}

/**
 * The resources, each after those that it depends on, otherwise in the order given.
 * @throws TemplateFault that names the circle, if there is one
 */
export function inOrder(resources: ReadonlyMap<string, TemplateResource>): string[] {
  return sorted([...resources.keys()], (id) => {
    const { Properties = {}, DependsOn = [] } = resources.get(id) ?? {};
    return [...(typeof DependsOn === 'string' ? [DependsOn] : DependsOn), ...referencesOf(Properties)];
  });
}

/** Names that are not among the given ones do not count. */
export function sorted(names: readonly string[], dependenciesOf: (name: string) => readonly string[]): string[] {
  const known = new Set(names);
  const done = new Set<string>();
  function visit(name: string, path: readonly string[]): void {
    if (done.has(name)) return;
    const start = path.indexOf(name);
    if (start >= 0) throw new TemplateFault(`a circle of dependencies: ${[...path.slice(start), name].join(' → ')}`);
    for (const dependency of dependenciesOf(name)) if (known.has(dependency)) visit(dependency, [...path, name]);
    done.add(name);
  }
  for (const name of names) visit(name, []);
  return [...done];
}
