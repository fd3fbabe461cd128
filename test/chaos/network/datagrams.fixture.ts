// One end of an exchange of datagrams.
//
//   node datagrams.fixture.ts send HOST:PORT
//   node datagrams.fixture.ts receive PORT     writes how many ms late each one was

import { createSocket } from "node:dgram";

const count = 500;
const everyMs = 2;
/** No datagram is this late: whoever waited so long has all of them. */
const silenceMs = 1500;

const [task, where = ""] = process.argv.slice(2);
const socket = createSocket("udp4");
if (task === "send") {
  const [host, port] = where.split(":");
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    const isLast = sent === count;
    if (isLast) clearInterval(timer);
    socket.send(String(process.hrtime.bigint()), Number(port), host, () => {
      if (isLast) socket.close();
    });
  }, everyMs);
} else {
  let timer: NodeJS.Timeout;
  const wait = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.close(), ms);
  };
  socket.on("message", (bytes) => {
    const lateNs = process.hrtime.bigint() - BigInt(String(bytes));
    process.stdout.write(`${Number(lateNs) / 1e6}\n`);
    wait(silenceMs);
  });
  // As long as everything takes to be sent on a busy machine.
  socket.bind(Number(where), () => {
    process.stdout.write("ready\n");
    wait(3 * (count * everyMs + silenceMs));
  });
}
