// Every method that any service serves, read from the very descriptors that reflection tells, and
// what its text fields may sensibly hold.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { bootId } from "./channels-subject.fixture.ts";
import type { PlausibleTexts } from "./wire-messages.fixture.ts";

const path = fileURLToPath(import.meta.resolve("@hot-backup/proto/descriptor.binpb"));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path)));

/** All services of the contracts, ours and those of third parties. */
export const services: readonly DescService[] = [...registry].filter(
  (each) => each.kind === "service",
);

/** The path of a method in a call. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

const serverIds = ["primary-1", "a", "b", "stranger"];
const journalIds = ["journal-1", "j"];
const lines = ["why", "a new disk", ""];
const programTexts = ["true", "sh", "x", "main.ts"];

/**
 * What the fields of requests mean to the services under trial, by name. A text field that has no
 * row here fails the trial: add one, or its method is only ever tried with nonsense.
 */
export const plausibleTexts: PlausibleTexts = {
  server_id: serverIds,
  protected_by: ["a", "b", ""],
  monitor_of: ["", ...serverIds],
  group: ["test", "other"],
  life_id: ["life-1", ""],
  holder: ["machine-1", "machine-2", ""],
  unfit_because: ["", "the channels service does not answer"],
  host: ["host-1", ""],
  boot_id: [bootId, "0-0"],
  journal_id: journalIds,
  because: lines,
  name: ["anna", "own", "lent", "local", "orders", "signal", "message"],
  names: ["own", "lent", "local", "*", "l*", "orders"],
  reason: lines,
  target: ["backup-1", "backup-2"],
  run_id: ["primary-1/1", "run-1"],
  page_token: ["", "own", "MTphbGw6MQ"],
  flow_yaml: ["", "cases: {}", "cases: { DEAD: [{ email: { to: [ops@example.org] } }] }"],
  command: programTexts,
  environment: ["1", ""],
  "environment.key": ["PATH", "A_B", "PORT"],
  working_directory: ["", "/tmp", "data"],
  user: ["", "0", "nobody"],
  address: ["127.0.0.1:8080", "[::1]:1"],
  digest: ["", "0123456789abcdef"],
  url: ["http://127.0.0.1:1/", "https://example.org/x?y"],
  signal: ["SIGTERM", "SIGKILL", ""],
  idempotency_key: ["k1", "k2", "journal/run/0"],
  to: ["ops@example.org", "Operations <ops@example.org>"],
  cc: ["anna@example.org"],
  subject: ["Hello", "DEAD primary-1"],
  text: ["World", ""],
  html: ["", "<p>World</p>"],
  thread: ["", "incident-1"],
  "fields.key": ["server", "signal", "term", "subject", "text"],
  string_value: ["primary-1", "DEAD", "7"],
  list_services: ["", "*"],
  service: ["", "hotbackup.v1.MonitorService"],
  file_by_filename: ["hotbackup/v1/monitor_service.proto"],
  file_containing_symbol: ["hotbackup.v1.MonitorService"],
  all_extension_numbers_of_type: ["hotbackup.v1.Order"],
  containing_type: ["hotbackup.v1.Order"],
};

/** Names of the text fields that requests are made of. */
export function listTextFields(): Set<string> {
  const names = new Set<string>();
  const seen = new Set<DescMessage>();
  const visit = (message: DescMessage) => {
    if (seen.has(message)) return;
    seen.add(message);
    for (const field of message.fields) {
      for (const name of textsOf(field)) names.add(name);
      if (field.message !== undefined) visit(field.message);
    }
  };
  for (const service of services) for (const method of service.methods) visit(method.input);
  return names;
}

function textsOf(field: DescField): string[] {
  const isText = field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES;
  const isKeyText = field.fieldKind === "map" && field.mapKey === ScalarType.STRING;
  return [...(isText ? [field.name] : []), ...(isKeyText ? [`${field.name}.key`] : [])];
}
