import { answers } from './doors/answers.ts';
import { certificateFiles } from './doors/certificate-files.ts';
import { commandLine } from './doors/command-line.ts';
import { dropInApi } from './doors/drop-in-api.ts';
import { bundle, configuration } from './doors/files.ts';
import { grpcDoor } from './doors/grpc.ts';
import { adminSocket, hubHttp } from './doors/hub-http.ts';
import { localApi } from './doors/local-api.ts';
import { mqttDoor } from './doors/mqtt.ts';
import { realHub } from './doors/real-hub.ts';
import type { Door } from './storm.ts';

/** Every door that bad input can come through. */
export const DOORS: readonly Door[] = [
  localApi,
  dropInApi,
  hubHttp,
  adminSocket,
  grpcDoor,
  mqttDoor,
  configuration,
  commandLine,
  bundle,
  certificateFiles,
  answers,
  realHub,
];
