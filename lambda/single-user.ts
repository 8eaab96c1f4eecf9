import * as engines from '../lib/databases/engines/index.js';
import { createRotationHandler, environmentOptions, singleUser } from '../lib/index.js';

const { database, recovery, rotation } = environmentOptions(process.env);
const drivers = Object.values(engines).map((engine) => engine());

export const handler = createRotationHandler(singleUser(drivers, { ...database, ...recovery }), rotation);
