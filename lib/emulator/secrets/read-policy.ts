import type { PolicyDocument } from '../access/policy.js';
import { policyDefect } from '../access/policy-check.js';
import { refusals } from '../refusals.js';

/**
 * The document that a request carries as text. A policy that could not be evaluated is refused as well: one that is quietly
 * ignored would allow more, or deny less, than its author meant. Whether its principals exist is not asked.
 * @throws Fault MalformedPolicyDocumentException
 */
export function readPolicy(text: string): PolicyDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw refusals.policyMalformed();
  }
  if (!isPolicy(document)) throw refusals.policyMalformed();
  return document;
}

function isPolicy(document: unknown): document is PolicyDocument {
  return policyDefect(document, 'resource') === undefined;
}
