/** What the CDK makes of a reference from one Region to another: a custom resource that writes SSM parameters there, and one that reads them. */
import { isObject } from '../template.js';
import type { Model } from './model.js';

export const crossRegionExportWriter: Model = {
  type: 'Custom::CrossRegionExportWriter',
  always: true,
  put({ key, properties, identity, estate }) {
    const writer = properties.object('WriterProps');
    const region = writer?.requiredText('region') ?? identity.region;
    const exports = writer?.object('exports');
    for (const name of Object.keys(exports?.all ?? {})) {
      estate.putSsmParameter(identity.accountId, region, name, exports?.requiredText(name) ?? '');
    }
    return { ref: key };
  },
};

export const crossRegionExportReader: Model = {
  type: 'Custom::CrossRegionExportReader',
  always: true,
  put({ key, properties }) {
    const imports = properties.object('ReaderProps')?.all.imports;
    const values = Object.entries(isObject(imports) ? imports : {}).map(([name, value]) => [name, String(value)]);
    return { ref: key, attributes: Object.fromEntries(values) };
  },
};
