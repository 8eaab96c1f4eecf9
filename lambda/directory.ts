import { managedDirectory } from '../lib/databases/engines/managed-directory.js';
import { createRotationHandler, environmentOptions, superuserSets } from '../lib/index.js';

const { database, directory, recovery, rotation } = environmentOptions(process.env);

export const handler = createRotationHandler(
  superuserSets(managedDirectory(), { ...database, ...directory, ...recovery }),
  rotation,
);
