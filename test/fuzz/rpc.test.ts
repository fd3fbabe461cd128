// Every method of every service takes whatever bytes come: it answers rightly or says clearly what
// is wrong, it never fails by itself, and what it refuses has changed nothing.

import { type Client, Client as GrpcClient, credentials, status as Code } from "@grpc/grpc-js";
import { call } from "@hot-backup/kit/grpc-dial.ts";
import { type DescMethod, fromBinary } from "@bufbuild/protobuf";
import { HealthClient } from "@hot-backup/proto/grpc/health/v1/health.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campaign, patienceMs, tryOut } from "./campaign.fixture.ts";
import { openChannelsSubject } from "./channels-subject.fixture.ts";
import { listTextFields, pathOf, plausibleTexts, services } from "./contracts.fixture.ts";
import { openHeartbeatSubject } from "./heartbeat-subject.fixture.ts";
import { openMonitorSubject } from "./monitor-subject.fixture.ts";
import { openNotifySubject } from "./notify-subject.fixture.ts";
import { callRaw, type Outcome } from "./raw-call.fixture.ts";
import type { Subject } from "./subject.fixture.ts";
import { anyMessage } from "./wire-messages.fixture.ts";

const runsUsual = 50;
const deadlineMs = 20_000;

/** What serves each service of the contracts: a service without a row fails the trial. */
const subjects: Readonly<Record<string, () => Promise<Subject>>> = {
  "hotbackup.v1.ChannelService": openChannelsSubject,
  "hotbackup.v1.HeartbeatService": openHeartbeatSubject,
  "hotbackup.v1.MonitorService": openMonitorSubject,
  "hotbackup.v1.NotifyService": openNotifySubject,
  "grpc.health.v1.Health": openNotifySubject,
  "grpc.reflection.v1.ServerReflection": openNotifySubject,
  "grpc.reflection.v1alpha.ServerReflection": openNotifySubject,
};

/** What a refusal of a request may be called. Anything else is the service's own failure. */
const refusals: ReadonlySet<Code | undefined> = new Set([
  Code.INVALID_ARGUMENT,
  Code.NOT_FOUND,
  Code.ALREADY_EXISTS,
  Code.FAILED_PRECONDITION,
  Code.ABORTED,
  Code.RESOURCE_EXHAUSTED,
]);

test("every service of the contracts is tried", () => {
  expect(Object.keys(subjects).toSorted()).toEqual(
    services.map(({ typeName }) => typeName).toSorted(),
  );
});

test("every text field of a request is tried with texts that mean something", () => {
  expect(Object.keys(plausibleTexts).toSorted()).toEqual([...listTextFields()].toSorted());
});

describe.each(services.map((service) => ({ name: service.typeName, service })))(
  "$name",
  ({ name, service }) => {
    let subject: Subject;
    let clients: Clients;
    beforeAll(async () => {
      subject = await openSubject(name);
      clients = new Clients(subject.address);
    });
    afterAll(async () => {
      clients[Symbol.dispose]();
      await subject[Symbol.asyncDispose]();
    });

    test.each(service.methods.map((method) => ({ method: method.name, contract: method })))(
      `$method takes any request (seed ${campaign(runsUsual).seed})`,
      async ({ contract }) => {
        const tallies = new Map<Code | undefined, number>();
        await tryOut(anyMessage(contract.input, plausibleTexts), runsUsual, async (message) => {
          const before = subject.snapshot();
          const outcome = await send(clients.next(), contract, [message]);
          expect(faultsOf(outcome, contract)).toEqual([]);
          expect(isRefusal(outcome) ? subject.snapshot() : before).toEqual(before);
          tallies.set(outcome.code, (tallies.get(outcome.code) ?? 0) + 1);
        });
        if (process.env["HOT_BACKUP_FUZZ_RUNS"] !== undefined) {
          process.stdout.write(`${pathOf(contract)} ${JSON.stringify([...tallies])}\n`);
        }
      },
      patienceMs(runsUsual),
    );

    test.each(
      service.methods
        .filter((method) => method.methodKind === "bidi_streaming")
        .map((method) => ({ method: method.name, contract: method })),
    )(
      "$method takes any requests, one after the other",
      async ({ contract }) => {
        const message = anyMessage(contract.input, plausibleTexts);
        const messages = fc.array(message, { minLength: 2, maxLength: 5 });
        await tryOut(messages, runsUsual, async (all) => {
          const outcome = await send(clients.next(), contract, all);
          expect(faultsOf(outcome, contract)).toEqual([]);
        });
      },
      patienceMs(runsUsual),
    );
  },
);

/**
 * One client after the other: a connection on which too many streams are given up is cut, which is
 * what abuse/ is about.
 */
class Clients implements Disposable {
  readonly #address: string;
  #client: Client | undefined;
  #calls = 0;

  constructor(address: string) {
    this.#address = address;
  }

  next(): Client {
    this.#calls += 1;
    if (this.#calls % 500 === 0) this[Symbol.dispose]();
    const options = { "grpc.use_local_subchannel_pool": 1 };
    this.#client ??= new GrpcClient(this.#address, credentials.createInsecure(), options);
    return this.#client;
  }

  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = undefined;
  }
}

function openSubject(name: string): Promise<Subject> {
  const open = subjects[name];
  if (open === undefined) throw new Error(`nothing here serves ${name}`);
  return open();
}

function send(client: Client, method: DescMethod, messages: readonly Uint8Array[]) {
  const settle = async () => {
    const check = HealthClient.prototype.check.bind(client);
    await call(check, { service: "" }, { what: "Cannot ask for the health", deadlineMs });
  };
  return callRaw(client, pathOf(method), { messages, settle, deadlineMs });
}

function isRefusal({ code }: Outcome): boolean {
  return code !== undefined && code !== Code.OK;
}

/** What is wrong with the way in which a service has answered. */
function faultsOf(outcome: Outcome, method: DescMethod): readonly string[] {
  for (const response of outcome.responses) fromBinary(method.output, response);
  const { code, message, reason, fields } = outcome;
  if (!isRefusal(outcome)) return [];
  if (!refusals.has(code)) return [`status ${code}: ${message}`];
  const faults = [
    [message === "", "no message"],
    [!/^[A-Z][A-Z_]+$/.test(reason), "no reason"],
    [code === Code.INVALID_ARGUMENT && reason !== "INVALID_INPUT", "another reason than bad input"],
    [code === Code.INVALID_ARGUMENT && fields.length === 0, "no field that is wrong"],
  ] as const;
  return faults.flatMap(([isFault, fault]) => (isFault ? [fault] : []));
}
