// What TypeScript says of an app and of the packages that it uses, but for declaration files of other packages that are left out: to check all of aws-cdk-lib's takes as long as
// to read them. Run as `node type-check.cjs TYPESCRIPT LEFT_OUT FILE... -- OPTION...`: the folder of the npm package typescript, before 7; beginnings of the names of packages, with commas between them.
const path = require('node:path');

const [folder, leftOut, ...rest] = process.argv.slice(2);
const ts = require(path.resolve(folder));
const files = rest.slice(0, rest.indexOf('--'));
const { options, errors } = ts.parseCommandLine([...rest.slice(rest.indexOf('--') + 1), '--noEmit']);
const program = ts.createProgram(files, options);
// Packages may be links to where they really are.
const elsewhere = leftOut.split(',').map((name) => `/node_modules/${name}`);
const isLeftOut = (file) =>
  program.isSourceFileDefaultLibrary(file) || elsewhere.some((place) => file.fileName.includes(place));
const complaints = [
  ...errors,
  ...program.getOptionsDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...program
    .getSourceFiles()
    .filter((file) => !isLeftOut(file))
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
];
process.stdout.write(
  ts.formatDiagnostics(complaints, {
    getCurrentDirectory: () => process.cwd(),
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  }),
);
process.exitCode = complaints.length === 0 ? 0 : 1;
