# The gateway in server mode: DATABASE_URL, ENCRYPTION_KEYS and ADMIN_TOKEN (or an administrator made by the command line) come
# from outside, so does PostgreSQL.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts and no optional packages: they bring an embedded PostgreSQL and another Node.
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY scripts scripts
COPY migrations migrations
COPY src src
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/var/lib/tokenpak
WORKDIR /app
COPY package.json ./
# Nothing is installed or built here, so the commands need no scripts.
RUN npm pkg set scripts.start="node dist/src/main.js" scripts.tokenpak="node dist/src/cli/tokenpak.js"
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY --from=build /app/dist/migrations dist/migrations
# The ledger's journal: on storage that outlives the container.
RUN install -d -o node -g node -m 0700 /var/lib/tokenpak
VOLUME /var/lib/tokenpak
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["node", "dist/src/main.js"]
