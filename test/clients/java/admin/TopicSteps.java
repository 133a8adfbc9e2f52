import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.Uuid;

/** Topics, partitions, records and where they lie. */
final class TopicSteps {
    private TopicSteps() {}

    static TopicPartition part(String topic, int partition) {
        return new TopicPartition(topic, partition);
    }

    private static TopicPartitionReplica replica(String topic, int partition, int broker) {
        return new TopicPartitionReplica(topic, partition, broker);
    }

    static List<Steps.Step> all() {
        NewTopic orders = new NewTopic("orders", 3, (short) 1).configs(Map.of("retention.ms", "86400000"));
        List<NewTopic> odd = List.of(
            new NewTopic("wide", 1, (short) 3), new NewTopic("none", 0, (short) 1), new NewTopic("bad name", 1, (short) 1), new NewTopic("..", 1, (short) 1),
            new NewTopic("set", 1, (short) 1).configs(Map.of("retention.ms", "soon")), new NewTopic("unknown.config", 1, (short) 1).configs(Map.of("nope", "1")),
            new NewTopic("elsewhere", Map.of(0, List.of(7))), new NewTopic("gap", Map.of(1, List.of(1))), new NewTopic("twice", Map.of(0, List.of(1, 1))));
        return List.of(
            Steps.read("listTopics of an empty broker", t -> t.admin.listTopics()),
            Steps.change("createTopics validateOnly", t -> t.admin.createTopics(List.of(orders), new CreateTopicsOptions().validateOnly(true))),
            Steps.change("createTopics", t -> t.admin.createTopics(List.of(orders, new NewTopic("assigned", Map.of(0, List.of(1), 1, List.of(1))), new NewTopic("usual", Optional.empty(), Optional.empty())))),
            Steps.change("createTopics again", t -> t.admin.createTopics(List.of(orders))),
            Steps.change("createTopics that can't be", t -> t.admin.createTopics(odd)),
            Steps.change("createTopics without retries", t -> t.admin.createTopics(List.of(new NewTopic("quick", 1, (short) 1)), new CreateTopicsOptions().retryOnQuotaViolation(false).timeoutMs(10_000))),
            Steps.read("listTopics", t -> t.admin.listTopics()),
            Steps.read("describeTopics", t -> t.admin.describeTopics(List.of("orders", "assigned", "usual", "nobody", "bad name", ""))),
            Steps.read("describeTopics with operations and small pages", t -> t.admin.describeTopics(List.of("orders", "assigned"), new DescribeTopicsOptions().includeAuthorizedOperations(true).partitionSizeLimitPerResponse(2))),
            Steps.read("describeTopics by id", t -> {
                t.topicIds.put("orders", t.admin.describeTopics(List.of("orders")).topicNameValues().get("orders").get().topicId());
                return t.admin.describeTopics(TopicCollection.ofTopicIds(List.of(t.topicIds.get("orders")))).topicIdValues().values();
            }),
            Steps.read("describeTopics by an id of nobody", t -> t.admin.describeTopics(TopicCollection.ofTopicIds(List.of(new Uuid(1, 2))))),
            Steps.change("createPartitions validateOnly", t -> t.admin.createPartitions(Map.of("usual", NewPartitions.increaseTo(4)), new CreatePartitionsOptions().validateOnly(true))),
            Steps.change("createPartitions", t -> t.admin.createPartitions(Map.of("usual", NewPartitions.increaseTo(2), "assigned", NewPartitions.increaseTo(3, List.of(List.of(1)))))),
            Steps.change("createPartitions that can't be", t -> t.admin.createPartitions(Map.of(
                "orders", NewPartitions.increaseTo(2), "nobody", NewPartitions.increaseTo(2), "quick", NewPartitions.increaseTo(2, List.of(List.of(9))), "bad name", NewPartitions.increaseTo(2)))),
            Steps.change("createPartitions to as many", t -> t.admin.createPartitions(Map.of("orders", NewPartitions.increaseTo(3)))),
            Steps.read("describeTopics after that", t -> t.admin.describeTopics(List.of("usual", "assigned"))),
            Steps.change("records", t -> {
                t.send("orders", 0, 10);
                t.send("orders", 1, 5);
                return null;
            }),
            Steps.read("listOffsets earliest", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.earliest(), part("orders", 2), OffsetSpec.earliest())).all()),
            Steps.read("listOffsets latest", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.latest(), part("orders", 2), OffsetSpec.latest())).all()),
            Steps.read("listOffsets latest, read committed", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.latest()), new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all()),
            Steps.read("listOffsets by time", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.forTimestamp(3_500), part("orders", 1), OffsetSpec.forTimestamp(99_000), part("orders", 2), OffsetSpec.forTimestamp(0))).all()),
            Steps.read("listOffsets of the newest record", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.maxTimestamp(), part("orders", 2), OffsetSpec.maxTimestamp())).all()),
            Steps.read("listOffsets earliest local", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.earliestLocal())).all()),
            Steps.read("listOffsets latest tiered", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.latestTiered())).all()),
            Steps.read("listOffsets earliest pending upload", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.earliestPendingUpload())).all()),
            Steps.read("listOffsets of nobody", t -> t.admin.listOffsets(Map.of(part("orders", 9), OffsetSpec.latest()), new ListOffsetsOptions().timeoutMs(1_000)).all().isCompletedExceptionally()),
            Steps.change("deleteRecords", t -> t.admin.deleteRecords(Map.of(part("orders", 0), RecordsToDelete.beforeOffset(4), part("orders", 1), RecordsToDelete.beforeOffset(-1)))),
            Steps.change("deleteRecords that can't be", t -> t.admin.deleteRecords(Map.of(part("orders", 0), RecordsToDelete.beforeOffset(99), part("orders", 1), RecordsToDelete.beforeOffset(-5)))),
            Steps.read("listOffsets after that", t -> t.admin.listOffsets(Map.of(part("orders", 0), OffsetSpec.earliest(), part("orders", 1), OffsetSpec.earliest())).all()),
            Steps.read("describeReplicaLogDirs", t -> t.admin.describeReplicaLogDirs(List.of(replica("nobody", 0, 1))).values()),
            Steps.change("alterReplicaLogDirs", t -> t.admin.alterReplicaLogDirs(Map.of(replica("quick", 0, 1), t.otherDirectory)).all()),
            Steps.change("alterReplicaLogDirs that can't be", t -> t.admin.alterReplicaLogDirs(Map.of(replica("orders", 0, 1), "/nowhere", replica("nobody", 0, 1), t.otherDirectory)).values().entrySet().stream()
                .collect(Collectors.toMap(e -> e.getKey().topic(), e -> e.getValue()))),
            Steps.await("the replica is moved", t -> t.admin.describeReplicaLogDirs(List.of(replica("quick", 0, 1))).all().get().values().stream().allMatch(d -> d.getCurrentReplicaLogDir().equals(t.otherDirectory))),
            Steps.read("describeLogDirs", t -> t.admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values().stream().map(d -> d.error()).toList()),
            Steps.read("describeLogDirs, sizes", t -> t.admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values().stream().flatMap(d -> d.replicaInfos().entrySet().stream())
                .filter(e -> e.getKey().topic().equals("orders")).collect(Collectors.toMap(e -> e.getKey(), e -> e.getValue()))),
            Steps.change("electLeaders preferred", t -> t.admin.electLeaders(ElectionType.PREFERRED, Set.of(part("orders", 0), part("nobody", 0), part("orders", 8)))),
            Steps.change("electLeaders preferred, all", t -> t.admin.electLeaders(ElectionType.PREFERRED, null)),
            Steps.change("electLeaders unclean", t -> t.admin.electLeaders(ElectionType.UNCLEAN, Set.of(part("orders", 0)))),
            Steps.change("alterPartitionReassignments", t -> t.admin.alterPartitionReassignments(Map.of(part("orders", 0), Optional.of(new NewPartitionReassignment(List.of(1)))))),
            Steps.change("alterPartitionReassignments that can't be", t -> t.admin.alterPartitionReassignments(Map.of(
                part("orders", 0), Optional.of(new NewPartitionReassignment(List.of(1, 2))), part("nobody", 0), Optional.of(new NewPartitionReassignment(List.of(1))), part("orders", 1), Optional.empty()))),
            Steps.read("listPartitionReassignments", t -> t.admin.listPartitionReassignments()),
            Steps.read("listPartitionReassignments of some", t -> t.admin.listPartitionReassignments(Set.of(part("orders", 0), part("nobody", 0)))));
    }

    static List<Steps.Step> last() {
        return List.of(
            Steps.change("deleteTopics", t -> t.admin.deleteTopics(List.of("usual", "nobody", "bad name"))),
            Steps.change("deleteTopics by id", t -> t.admin.deleteTopics(TopicCollection.ofTopicIds(List.of(t.topicIds.get("orders")))).topicIdValues().values()),
            Steps.change("deleteTopics by an id of nobody", t -> t.admin.deleteTopics(TopicCollection.ofTopicIds(List.of(new Uuid(1, 2))))),
            Steps.read("listTopics at the end", t -> t.admin.listTopics(new ListTopicsOptions().listInternal(true))));
    }
}
