/** Uses the server that the environment names, or starts one of its own and stops it at the end. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ROOT = join(__dirname, "../..");
const START_MS = 120_000;

async function globalSetup(): Promise<undefined | (() => Promise<void>)> {
  if (process.env["KHIEN_E2E_URL"]) return undefined;
  const python = process.env["KHIEN_PYTHON"] ?? join(ROOT, ".venv/bin/python");
  const empty = process.env["KHIEN_E2E_EMPTY"];
  const server = spawn(python, ["-m", "tests.e2e.serve", ...(empty ? [empty === "first-run" ? "--first-run" : "--empty"] : [])], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("tests.e2e.serve did not start")), START_MS);
    server.once("exit", (status) => reject(new Error(`tests.e2e.serve ended with ${status}`)));
    createInterface(server.stdout).once("line", (first) => {
      clearTimeout(timer);
      resolve(first);
    });
  });
  Object.assign(process.env, JSON.parse(line));
  return async () => {
    server.removeAllListeners("exit");
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  };
}

export default globalSetup;
