import * as engines from '../lib/databases/engines/index.js';
import { alternatingUsers, createRotationHandler, environmentOptions } from '../lib/index.js';

const { database, pair, rotation } = environmentOptions(process.env);
const drivers = Object.values(engines).map((engine) => engine());

export const handler = createRotationHandler(alternatingUsers(drivers, { ...database, ...pair }), rotation);
