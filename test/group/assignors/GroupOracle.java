import com.dynatrace.hash4j.hashing.Hashing;
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.*;
import org.apache.kafka.coordinator.group.Utils;
import org.apache.kafka.coordinator.group.api.assignor.*;
import org.apache.kafka.coordinator.group.assignor.*;
import org.apache.kafka.coordinator.group.modern.*;

/** Answers questions, one JSON object a line, with Apache Kafka's own classes. */
public class GroupOracle {
  static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
    for (String line = in.readLine(); line != null; line = in.readLine()) out.println(answer(JSON.readTree(line)));
    out.flush();
  }

  static String answer(JsonNode asked) throws Exception {
    if (asked.has("hex")) {
      return Long.toString(Hashing.xxh3_64().hashBytesToLong(HexFormat.of().parseHex(asked.get("hex").asText())));
    }
    if (asked.has("group")) {
      var hashes = new HashMap<String, Long>();
      for (var topic : asked.get("group")) {
        hashes.put(topic.get("name").asText(), Utils.computeTopicHash(topic.get("name").asText(), image(topic)));
      }
      return Long.toString(Utils.computeGroupHash(hashes));
    }
    return assign(asked);
  }

  static CoordinatorMetadataImage image(JsonNode topic) {
    var racks = topic.get("racks");
    var metadata = new CoordinatorMetadataImage.TopicMetadata() {
      public String name() { return topic.get("name").asText(); }
      public Uuid id() { return Uuid.fromString(topic.get("id").asText()); }
      public int partitionCount() { return racks.size(); }
      public List<String> partitionRacks(int partition) {
        var list = new ArrayList<String>();
        racks.get(partition).forEach(rack -> list.add(rack.asText()));
        return list;
      }
    };
    return new CoordinatorMetadataImage() {
      public Set<Uuid> topicIds() { return Set.of(metadata.id()); }
      public Set<String> topicNames() { return Set.of(metadata.name()); }
      public Optional<TopicMetadata> topicMetadata(String name) { return Optional.of(metadata); }
      public Optional<TopicMetadata> topicMetadata(Uuid id) { return Optional.of(metadata); }
      public CoordinatorMetadataDelta emptyDelta() { throw new UnsupportedOperationException(); }
      public long version() { return 0; }
      public boolean isEmpty() { return false; }
    };
  }

  static Map<Uuid, Set<Integer>> partitions(JsonNode topics) {
    var all = new HashMap<Uuid, Set<Integer>>();
    topics.fields().forEachRemaining(topic -> {
      var list = new ArrayList<Integer>();
      topic.getValue().forEach(partition -> list.add(partition.asInt()));
      all.put(Uuid.fromString(topic.getKey()), new HashSet<>(list));
    });
    return Collections.unmodifiableMap(all);
  }

  static String assign(JsonNode asked) throws Exception {
    var counts = new HashMap<Uuid, Integer>();
    asked.get("topics").fields().forEachRemaining(topic -> counts.put(Uuid.fromString(topic.getKey()), topic.getValue().asInt()));
    var members = new HashMap<String, MemberSubscriptionAndAssignmentImpl>();
    var taken = new HashMap<Uuid, Map<Integer, String>>();
    for (var member : asked.get("members")) {
      var topics = new LinkedHashSet<Uuid>();
      member.get("topics").forEach(topic -> topics.add(Uuid.fromString(topic.asText())));
      var assigned = partitions(member.get("assigned"));
      var id = member.get("memberId").asText();
      assigned.forEach((topic, list) -> list.forEach(partition -> taken.computeIfAbsent(topic, t -> new HashMap<>()).put(partition, id)));
      var instance = Optional.ofNullable(member.get("instanceId").textValue());
      members.put(id, new MemberSubscriptionAndAssignmentImpl(Optional.empty(), instance, topics, new Assignment(assigned)));
    }
    var type = asked.get("homogeneous").asBoolean() ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
    var describer = new SubscribedTopicDescriber() {
      public int numPartitions(Uuid topic) { return counts.getOrDefault(topic, -1); }
      public Set<String> racksForPartition(Uuid topic, int partition) { return Set.of(); }
    };
    var assignor = asked.get("assignor").asText().equals("range") ? new RangeAssignor() : new UniformAssignor();
    var result = assignor.assign(new GroupSpecImpl(members, type, taken), describer);
    var given = JSON.createObjectNode();
    new TreeMap<>(result.members()).forEach((id, assignment) -> {
      var topics = given.putObject(id);
      new TreeMap<>(assignment.partitions()).forEach((topic, list) -> {
        if (list.isEmpty()) return;
        var sorted = topics.putArray(topic.toString());
        new TreeSet<>(list).forEach(sorted::add);
      });
    });
    return JSON.writeValueAsString(given);
  }
}
