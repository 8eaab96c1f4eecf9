// Starts the files that take longest first, so that no worker is left with one of them at the end. Jest does so by itself once it has timings of an earlier run; a fresh
// machine has none. What takes more than some seconds is listed, the longest first; it is only an order, so nothing breaks when it is out of date.
const { default: Sequencer } = require('@jest/test-sequencer');

const longest = [
  'infra/least-privilege',
  'databases/engines/contract',
  'crash-matrix/sample',
  'project/package',
  'infra/package',
  'testing/crash-matrix/crash-matrix',
  'testing/driver-contract',
  'testing/crash-matrix/python',
  'emulator/access/differential',
  'infra/command',
  'demo/demo',
  'crash-matrix/command',
  'infra/jsii',
  'databases/strategies/alternating-users',
  'databases/engines/postgres/password-verifier',
  'bench/bench',
  'handler',
  'databases/database-access',
  'cli/main',
  'project/docs',
  'emulator/weather/storm',
  'infra/apps',
  'infra/rotation',
  'emulator/control/documented-test',
  'emulator/rotation/simulated-year',
];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = longest.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return place === -1 ? longest.length : place;
    };
    // Stable: the others stay in Jest's own order.
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
