/**
 * What is known of a request, by condition key in lower case. An absent key is a key the request does not have; a list
 * is a multi-valued key such as aws:TagKeys, which only ForAnyValue and ForAllValues can match.
 */
export type ConditionKeys = ReadonlyMap<string, string | readonly string[]>;
