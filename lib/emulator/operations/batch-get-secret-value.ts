import { Fault } from '../fault.js';
import { refusals } from '../refusals.js';
import { filters, nextToken } from '../shapes/members.js';
import { getSecretValue } from './get-secret-value.js';
import { type JsonFields, type OperationRequest, operation } from './operation.js';
import { pageOf } from './page.js';
import { recordedCall } from './recorded-call.js';
import { fitting } from './secret-filter.js';

const largestPage = 20;

/**
 * Up to 20 values at once. Each is a GetSecretValue of its own, with its own permission and record; what is refused of one
 * secret is told beside the others' values [recorded-authority C15, recorded-rotation I5].
 */
export const batchGetSecretValue = operation({
  name: 'BatchGetSecretValue',
  subject: 'none',
  alsoNeeds: ({ Filters }) => (Filters === undefined ? [] : ['ListSecrets']),
  input: {
    SecretIdList: { kind: 'list', min: 1, max: largestPage, of: { kind: 'string', min: 1, max: 2048 } },
    Filters: filters,
    MaxResults: { kind: 'integer', min: 1, max: largestPage },
    NextToken: nextToken,
  },
  run(request) {
    const { SecretIdList, Filters, MaxResults, NextToken } = request.input;
    if ((SecretIdList === undefined) === (Filters === undefined)) throw refusals.idsOrFilters();
    if (SecretIdList !== undefined) {
      if (MaxResults !== undefined || NextToken !== undefined) throw refusals.pagesWithoutFilters();
      return valuesOf(request, SecretIdList);
    }
    const { service, caller, region } = request;
    const live = service.secrets.list(caller.accountId, region).filter((secret) => secret.deletion === undefined);
    const page = pageOf(fitting(live, Filters), ({ arn }) => arn, {
      size: MaxResults ?? largestPage,
      nextToken: NextToken,
    });
    const found = valuesOf(
      request,
      page.items.map(({ arn }) => arn),
    );
    return { ...found, NextToken: page.nextToken };
  },
});

function valuesOf(
  { service, caller, region }: OperationRequest<unknown>,
  ids: readonly string[],
): { Errors: JsonFields[]; SecretValues: JsonFields[] } {
  const values: JsonFields[] = [];
  const errors: JsonFields[] = [];
  for (const SecretId of ids) {
    try {
      values.push(recordedCall(service, getSecretValue, { caller, region, input: { SecretId } }));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      errors.push({ ErrorCode: error.code, Message: error.message, SecretId });
    }
  }
  // Not in the order of the request [recorded-rotation E12]; which other order it is was not recorded.
  values.sort((a, b) => String(a.ARN).localeCompare(String(b.ARN)));
  return { Errors: errors, SecretValues: values };
}
