#!/bin/bash
# Brings Apache Kafka (broker and tools) and a newer client library from Maven Central into a directory.
# Usage: install-kafka.sh [DIR]; DIR defaults to $KAFKA_HOME, then to ~/.cache/odradek/kafka. Safe to run again.
#   DIR/libs         the jars of broker and tools
#   DIR/clients-4.4  the jars of the newer client
#   DIR/bin          kafka-*.sh with the names of Apache Kafka's own distribution
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-${KAFKA_HOME:-$HOME/.cache/odradek/kafka}}
stamp=$(cat "$0" "$here"/kafka/pom.xml "$here"/kafka/clients-4.4/pom.xml | cksum | cut -d' ' -f1)
[ "$(cat "$dir/.stamp" 2>/dev/null)" = "$stamp" ] && exit 0

command -v mvn >/dev/null || { echo "install-kafka.sh: needs Maven (mvn) and a JDK on the path" >&2; exit 1; }
mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9
[ "$(cat "$dir/.stamp" 2>/dev/null)" = "$stamp" ] && exit 0

fetch() {
  rm -rf "$2.part"
  mvn -q -B -f "$1" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$2.part" >&2
  rm -rf "$2"
  mv "$2.part" "$2"
}
# The jars stay while the list of them does: other tests may be running with them.
jars=$(cat "$here"/kafka/pom.xml "$here"/kafka/clients-4.4/pom.xml | cksum | cut -d' ' -f1)
if [ "$(cat "$dir/.jars" 2>/dev/null)" != "$jars" ]; then
  fetch "$here/kafka/pom.xml" "$dir/libs"
  fetch "$here/kafka/clients-4.4/pom.xml" "$dir/clients-4.4"
  echo "$jars" > "$dir/.jars"
fi

mkdir -p "$dir/bin"
cat > "$dir/bin/kafka-run-class.sh" <<'RUN'
#!/bin/bash
home=$(cd "$(dirname "$0")/.." && pwd)
exec java ${KAFKA_HEAP_OPTS:--Xmx512m} ${KAFKA_OPTS:-} -Dorg.slf4j.simpleLogger.defaultLogLevel="${KAFKA_LOG_LEVEL:-warn}" \
  -cp "$home/libs/*" "$@"
RUN
while read -r script main; do
  printf '#!/bin/bash\nexec "$(dirname "$0")/kafka-run-class.sh" %s "$@"\n' "$main" > "$dir/bin/$script.sh"
done <<'TOOLS'
kafka-server-start kafka.Kafka
kafka-storage kafka.tools.StorageTool
kafka-configs kafka.admin.ConfigCommand
kafka-topics org.apache.kafka.tools.TopicCommand
kafka-console-producer org.apache.kafka.tools.ConsoleProducer
kafka-console-consumer org.apache.kafka.tools.consumer.ConsoleConsumer
kafka-consumer-groups org.apache.kafka.tools.consumer.group.ConsumerGroupCommand
kafka-groups org.apache.kafka.tools.GroupsCommand
kafka-share-groups org.apache.kafka.tools.consumer.group.ShareGroupCommand
kafka-streams-groups org.apache.kafka.tools.streams.StreamsGroupCommand
kafka-console-share-consumer org.apache.kafka.tools.consumer.ConsoleShareConsumer
kafka-broker-api-versions org.apache.kafka.tools.BrokerApiVersionsCommand
kafka-cluster org.apache.kafka.tools.ClusterTool
kafka-features org.apache.kafka.tools.FeatureCommand
kafka-metadata-quorum org.apache.kafka.tools.MetadataQuorumCommand
kafka-leader-election org.apache.kafka.tools.LeaderElectionCommand
kafka-reassign-partitions org.apache.kafka.tools.reassign.ReassignPartitionsCommand
kafka-replica-verification org.apache.kafka.tools.ReplicaVerificationTool
kafka-client-metrics org.apache.kafka.tools.ClientMetricsCommand
kafka-log-dirs org.apache.kafka.tools.LogDirsCommand
kafka-get-offsets org.apache.kafka.tools.GetOffsetShell
kafka-delete-records org.apache.kafka.tools.DeleteRecordsCommand
kafka-transactions org.apache.kafka.tools.TransactionsCommand
kafka-dump-log org.apache.kafka.tools.DumpLogSegments
kafka-metadata-shell org.apache.kafka.shell.MetadataShell
kafka-producer-perf-test org.apache.kafka.tools.ProducerPerformance
kafka-consumer-perf-test org.apache.kafka.tools.ConsumerPerformance
kafka-e2e-latency org.apache.kafka.tools.EndToEndLatency
kafka-verifiable-producer org.apache.kafka.tools.VerifiableProducer
kafka-verifiable-consumer org.apache.kafka.tools.VerifiableConsumer
TOOLS
chmod +x "$dir"/bin/*.sh
echo "$stamp" > "$dir/.stamp"
