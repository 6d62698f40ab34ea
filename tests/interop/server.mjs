// A server that is started for a test and listens on a port that was free.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const LISTENS = /^\S+ \S+ serves .* at (http:\/\/\S+)$/;

/** Its address, and `stop`, which gives its exit code and its complaints: what begins with its own name is none. */
export async function listening(command, args, environment) {
  const server = spawn(command, args, { stdio: ["ignore", "inherit", "pipe"], env: { ...process.env, ...environment } });
  const ended = once(server, "close");
  const kill = () => server.kill("SIGKILL");
  process.on("exit", kill);
  const said = [];
  const url = await new Promise((resolve, reject) => {
    server.on("close", (code) => reject(new Error(`${command} ended before it listened, with exit code ${code}`)));
    createInterface(server.stderr).on("line", (line) => {
      const address = LISTENS.exec(line)?.[1];
      if (address) resolve(address);
      else said.push(line);
    });
  });
  const stop = async () => {
    server.kill("SIGTERM");
    const [code] = await ended;
    process.off("exit", kill);
    return [code, said.filter((line) => !line.startsWith("weather: "))];
  };
  return { url, stop };
}
