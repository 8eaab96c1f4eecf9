import type { Access } from '../access/access.js';
import type { Caller } from '../access/caller.js';
import type { Decision } from '../access/decision.js';
import type { RoleTable } from '../access/roles.js';
import type { SessionTable } from '../access/sessions.js';
import type { InputOf, Members } from '../shapes/shape.js';

/** A result as XML has it: elements with text or with elements. */
export interface XmlFields {
  readonly [element: string]: string | number | XmlFields;
}

export interface StsRequest<I> {
  readonly input: I;
  readonly caller: Caller;
  /** Of the credential scope. */
  readonly region: string;
  readonly access: Access;
  readonly decisions: Decision[];
  readonly roles: RoleTable;
  readonly sessions: SessionTable;
}

export interface StsOperation {
  readonly name: string;
  readonly input: Members;
  run(request: StsRequest<Readonly<Record<string, unknown>>>): XmlFields;
}

/** One operation of STS, typed by its members. */
export function stsOperation<const M extends Members>(definition: {
  readonly name: string;
  readonly input: M;
  run(request: StsRequest<InputOf<M>>): XmlFields;
}): StsOperation {
  // The query protocol has read and checked the input against these very members.
  return { ...definition, run: (request) => definition.run({ ...request, input: request.input as InputOf<M> }) };
}
