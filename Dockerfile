# Errand, without Temporal and without its command: for `api` and `worker`. Debian, because the Temporal worker is native code for
# glibc; slim, because nothing of the rest is used. The version is the one that .ci/run tests besides its own.
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: the one of this package builds what is not copied yet. Theirs run with the build below.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm rebuild && npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-trixie-slim
# The worker's native code trusts the certificates of the system, and the slim image has none (Temporal Cloud, TLS).
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# What `errand send`, `errand sandbox` and `errand rules schema` read.
COPY --from=build /app/test/fixtures/sentry ./test/fixtures/sentry
COPY --from=build /app/rules ./rules
COPY --from=build /app/bin ./bin
COPY --from=build /app/package.json /app/LICENSE ./
ENV NODE_ENV=production DATA_DIR=/data RULES_DIR=/rules
# Owned before it becomes a volume: a new named volume takes its owner from here.
RUN mkdir /data && chown node:node /data
VOLUME ["/data"]
USER node
ENTRYPOINT ["node", "bin/errand.js"]
