import * as engines from '../lib/databases/engines/dual-password.js';
import { createRotationHandler, dualPassword, environmentOptions } from '../lib/index.js';

const { database, rotation } = environmentOptions(process.env);
const drivers = Object.values(engines).map((engine) => engine());

export const handler = createRotationHandler(dualPassword(drivers, database), rotation);
