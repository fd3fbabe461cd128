// One unary call from process to process: its request or its answer may be late, lost or doubled,
// and the caller gives up when the other end is gone, frozen or cut off for a while.

import type { Network } from "./network.ts";
import type { Process } from "./process.ts";

/** How often keepalive looks at the other end, and how many looks in vain end the call. */
const keepaliveMs = 2500;
const looksInVainMax = 2;

export interface Call<Answer> {
  readonly client: Process;
  readonly server: Process;
  /** Called in the server, once per arrival. */
  handle(respond: (answer: Answer) => void): void;
  /** Called in the client with the answer, or with why there is none. */
  done(answer: Answer | undefined, because: string): void;
}

/** Makes the call. The returned function cancels it: then nothing is told any more. */
export function makeCall<Answer>(network: Network, call: Call<Answer>): () => void {
  const { client, server } = call;
  const clientLife = client.life;
  const serverLife = server.life;
  let isSettled = false;
  const settle = (answer: Answer | undefined, because: string) => {
    client.take(clientLife, () => {
      if (isSettled) return;
      isSettled = true;
      server.deathListeners.delete(onDeath);
      call.done(answer, because);
    });
  };
  const refuse = () => network.carry(server.machine, client.machine, () => settle(undefined, gone));
  const onDeath = () => {
    if (server.machine.isOn) refuse();
  };
  const arrive = () => {
    if (server.machine.isOn && (!server.isRunning || server.life !== serverLife)) return refuse();
    server.take(serverLife, () =>
      call.handle((answer) => {
        // A server that has died meanwhile answers nothing.
        if (!server.isRunning || server.life !== serverLife) return;
        network.carry(server.machine, client.machine, () => settle(answer, ""));
      }),
    );
  };
  server.deathListeners.add(onDeath);
  network.carry(client.machine, server.machine, arrive);
  const duplicateMs = network.duplicateDelayMs(client.machine, server.machine);
  if (duplicateMs !== undefined) {
    network.schedule.after(duplicateMs, () =>
      network.carry(client.machine, server.machine, arrive),
    );
  }
  keepAlive(network, call, { isSettled: () => isSettled, give: () => settle(undefined, silent) });
  return () => {
    isSettled = true;
    server.deathListeners.delete(onDeath);
  };
}

const gone = "the service does not run";
const silent = "no answer, and no sign of life";

function keepAlive(
  network: Network,
  { client, server }: { client: Process; server: Process },
  state: { isSettled: () => boolean; give: () => void },
): void {
  const { life } = server;
  let looksInVain = 0;
  const look = () => {
    if (state.isSettled()) return;
    const isThere =
      server.isActive &&
      server.life === life &&
      network.isOpen(client.machine, server.machine) &&
      network.isOpen(server.machine, client.machine);
    looksInVain = isThere ? 0 : looksInVain + 1;
    if (looksInVain >= looksInVainMax) state.give();
    else client.after(keepaliveMs, look);
  };
  client.after(keepaliveMs, look);
}
