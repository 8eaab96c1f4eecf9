/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  globalSetup: '<rootDir>/test/support/before-all-tests.mjs',
  globalTeardown: '<rootDir>/test/support/after-all-tests.mjs',
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  // Most of what is imported is TypeScript, which is looked for first.
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  // Sources name their imports as Node will see them (`./x.js`); the tests read the TypeScript.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  // A package that has modules only, which Jest does not load as they are.
  transformIgnorePatterns: ['/node_modules/(?!@noble/ed25519/)'],
  transform: {
    '^.+\\.(ts|mjs)$|/@noble/ed25519/index\\.js$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs', ignoreDynamic: false },
      },
    ],
  },
  testTimeout: 60_000,
  // One for each core: half of the time a worker waits for servers and child processes.
  maxWorkers: '100%',
};
