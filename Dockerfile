# Odradek in a container, configured as Apache Kafka's image is: KAFKA_… variables, CLUSTER_ID, mounted files.
#
#   docker build -t odradek .
#   docker run -p 9092:9092 -p 9080:9080 -p 8081:8081 odradek

FROM node:26-alpine AS build
WORKDIR /opt/odradek
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY src ./src
COPY tools ./tools
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:26-alpine
WORKDIR /opt/odradek
# The directories of Kafka's image; the user that comes with Node's image has id 1000, as Kafka's has.
RUN mkdir -p /var/lib/kafka/data /etc/kafka/secrets /mnt/shared/config \
 && chown -R node:node /var/lib/kafka /etc/kafka /mnt/shared
COPY --from=build /opt/odradek/node_modules ./node_modules
COPY --from=build /opt/odradek/dist ./dist
COPY package.json LICENSE README.md ./
COPY config ./config

ENV NODE_ENV=production
USER node
EXPOSE 9092 9080 8081
VOLUME ["/etc/kafka/secrets", "/var/lib/kafka/data", "/mnt/shared/config"]
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "/opt/odradek/dist/main.js", "container", "--health"]
ENTRYPOINT ["node", "--max-semi-space-size=8", "--heap-growing-percent=50", "/opt/odradek/dist/main.js"]
CMD ["container"]
