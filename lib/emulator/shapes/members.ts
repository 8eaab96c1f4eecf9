/** Members that several operations share, with the limits of the API's model (secretsmanager 2017-10-17). */

export const secretId = { kind: 'string', min: 1, max: 2048, required: true } as const;
export const clientRequestToken = { kind: 'string', min: 32, max: 64 } as const;
export const versionId = { kind: 'string', min: 32, max: 64 } as const;
export const versionStage = { kind: 'string', min: 1, max: 256 } as const;
export const secretString = { kind: 'string', min: 1, max: 65_536, sensitive: true } as const;
export const secretBinary = { kind: 'blob', min: 1, max: 65_536, sensitive: true } as const;
export const kmsKeyId = { kind: 'string', min: 0, max: 2048 } as const;
export const description = { kind: 'string', min: 0, max: 2048 } as const;
export const secretType = { kind: 'string', min: 0, max: 256 } as const;
export const nextToken = { kind: 'string', min: 1, max: 4096 } as const;
export const maxResults = { kind: 'integer', min: 1, max: 100 } as const;
export const flag = { kind: 'boolean' } as const;
export const tags = {
  kind: 'list',
  of: {
    kind: 'structure',
    members: { Key: { kind: 'string', min: 1, max: 128 }, Value: { kind: 'string', min: 0, max: 256 } },
  },
} as const;
export const resourcePolicy = { kind: 'string', min: 1, max: 20_480, required: true } as const;
export const region = { kind: 'string', min: 1, max: 128, pattern: /^([a-z]+-)+\d+$/ } as const;
export const filters = {
  kind: 'list',
  max: 10,
  of: {
    kind: 'structure',
    members: {
      Key: {
        kind: 'string',
        values: ['description', 'name', 'tag-key', 'tag-value', 'primary-region', 'owning-service', 'all'],
      },
      Values: {
        kind: 'list',
        min: 1,
        max: 10,
        of: { kind: 'string', max: 512, pattern: /^!?[a-zA-Z0-9 :_@/+=.\-!]*$/ },
      },
    },
  },
} as const;
export const replicaRegions = {
  kind: 'list',
  min: 1,
  of: {
    kind: 'structure',
    members: { Region: region, KmsKeyId: kmsKeyId },
  },
} as const;
