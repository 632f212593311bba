// Runs another file in WEB_CONCURRENCY processes that share PORT, as Node's own page shows it: cluster.js FILE.
import cluster from "node:cluster";

cluster.setupPrimary({ exec: process.argv[2] });
for (let number = 0; number < Number(process.env.WEB_CONCURRENCY); number += 1) {
  cluster.fork();
}
