/** The parts of a hub that are put under fire without the rest: `@tolem/hub/fuzz`. */
export { runHubCommand } from '../cli/hub-command.ts';
export type { HubProcess } from '../cli/hub-process.ts';
export { loadHubConfig } from '../config/hub-config.ts';
export { type AdminSocket, openAdminSocket } from '../http/admin-socket.ts';
export { type HttpDoor, openHttpDoor } from '../http/http-door.ts';
export type { HubCore } from '../hub-core.ts';
export { createAgentEnrolment } from '../identity/agent-enrolment.ts';
export { createMetrics } from '../metrics/prometheus.ts';
export {
  foreignCredentials,
  openDoorsBefore,
  openTestDoors,
  type TestCredentials,
  type TestDoors,
} from './open-test-doors.ts';
