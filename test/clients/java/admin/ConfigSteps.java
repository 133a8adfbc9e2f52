import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;

/** Configs of every kind of resource, quotas and SCRAM credentials. */
final class ConfigSteps {
    private static final DescribeConfigsOptions ALL = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
    /** Where the two were told different things. */
    private static final Set<String> OF_EACH = Set.of("log.dirs", "listeners", "advertised.listeners", "controller.quorum.bootstrap.servers", "controller.quorum.voters");

    private ConfigSteps() {}

    private static ConfigResource of(Type type, String name) {
        return new ConfigResource(type, name);
    }

    /** By name; `what`: of each config. */
    private static Object described(Target t, ConfigResource resource, DescribeConfigsOptions options) throws Exception {
        Map<String, ConfigEntry> entries = new TreeMap<>();
        for (ConfigEntry entry : t.admin.describeConfigs(List.of(resource), options).all().get().get(resource).entries()) {
            if (!OF_EACH.contains(entry.name())) entries.put(entry.name(), entry);
        }
        return entries;
    }

    private static Object alter(Target t, ConfigResource resource, OpType type, String... pairs) {
        List<AlterConfigOp> ops = new java.util.ArrayList<>();
        for (int i = 0; i < pairs.length; i += 2) ops.add(new AlterConfigOp(new ConfigEntry(pairs[i], pairs[i + 1]), type));
        return t.admin.incrementalAlterConfigs(Map.<ConfigResource, Collection<AlterConfigOp>>of(resource, ops));
    }

    private static ClientQuotaEntity quota(String... pairs) {
        Map<String, String> entries = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) entries.put(pairs[i], pairs[i + 1]);
        return new ClientQuotaEntity(entries);
    }

    private static ClientQuotaAlteration set(ClientQuotaEntity entity, String name, Double value) {
        return new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(name, value)));
    }

    static List<Steps.Step> all() {
        ConfigResource topic = of(Type.TOPIC, "orders");
        ConfigResource broker = of(Type.BROKER, "1");
        ConfigResource brokers = of(Type.BROKER, "");
        ConfigResource group = of(Type.GROUP, "workers");
        ConfigResource metrics = of(Type.CLIENT_METRICS, "all-metrics");
        return List.of(
            Steps.read("describeConfigs of a topic", t -> described(t, topic, ALL)),
            Steps.read("describeConfigs of a broker", t -> described(t, broker, ALL)),
            Steps.read("describeConfigs of a broker, values alone", t -> described(t, broker, new DescribeConfigsOptions())),
            Steps.read("describeConfigs of all brokers", t -> described(t, brokers, ALL)),
            Steps.read("describeConfigs of a group", t -> described(t, group, ALL)),
            Steps.read("describeConfigs of client metrics", t -> described(t, metrics, ALL)),
            Steps.read("describeConfigs of nobody", t -> t.admin.describeConfigs(List.of(of(Type.TOPIC, "nobody"), of(Type.TOPIC, "bad name")))),
            Steps.read("describeConfigs of no group", t -> t.admin.describeConfigs(List.of(of(Type.GROUP, ""), of(Type.CLIENT_METRICS, "")))),
            Steps.change("incrementalAlterConfigs validateOnly", t -> t.admin.incrementalAlterConfigs(
                Map.of(topic, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "5"), OpType.SET))), new AlterConfigsOptions().validateOnly(true))),
            Steps.change("incrementalAlterConfigs of a topic", t -> alter(t, topic, OpType.SET, "retention.ms", "777", "cleanup.policy", "delete", "compression.type", "lz4")),
            Steps.change("incrementalAlterConfigs, append", t -> alter(t, topic, OpType.APPEND, "cleanup.policy", "compact")),
            Steps.change("incrementalAlterConfigs, subtract", t -> alter(t, topic, OpType.SUBTRACT, "cleanup.policy", "delete")),
            Steps.change("incrementalAlterConfigs, delete", t -> alter(t, topic, OpType.DELETE, "compression.type", "")),
            Steps.change("incrementalAlterConfigs of one name twice", t -> alter(t, topic, OpType.SET, "retention.ms", "1", "retention.ms", "2")),
            Steps.change("incrementalAlterConfigs that can't be", t -> alter(t, topic, OpType.SET, "retention.ms", "soon")),
            Steps.change("incrementalAlterConfigs of an unknown name", t -> alter(t, topic, OpType.SET, "nope", "1")),
            Steps.change("incrementalAlterConfigs, append to a number", t -> alter(t, topic, OpType.APPEND, "retention.ms", "1")),
            Steps.change("incrementalAlterConfigs of no topic", t -> alter(t, of(Type.TOPIC, "nobody"), OpType.SET, "retention.ms", "1")),
            Steps.change("incrementalAlterConfigs of a broker", t -> alter(t, broker, OpType.SET, "log.cleaner.threads", "2", "leader.replication.throttled.rate", "100000")),
            Steps.change("incrementalAlterConfigs of a read-only config", t -> alter(t, broker, OpType.SET, "node.id", "5")),
            Steps.change("incrementalAlterConfigs of all brokers", t -> alter(t, brokers, OpType.SET, "log.retention.ms", "88888888")),
            Steps.change("incrementalAlterConfigs of another broker", t -> t.admin.incrementalAlterConfigs(
                Map.of(of(Type.BROKER, "7"), List.of(new AlterConfigOp(new ConfigEntry("log.cleaner.threads", "2"), OpType.SET))), new AlterConfigsOptions().timeoutMs(500)).all().isDone()),
            Steps.change("incrementalAlterConfigs of a group", t -> alter(t, group, OpType.SET, "consumer.session.timeout.ms", "46000", "share.auto.offset.reset", "earliest")),
            Steps.change("incrementalAlterConfigs of a group that can't be", t -> alter(t, group, OpType.SET, "consumer.session.timeout.ms", "1")),
            Steps.change("incrementalAlterConfigs of client metrics", t -> alter(t, metrics, OpType.SET, "interval.ms", "5000", "metrics", "org.apache.kafka.")),
            Steps.change("incrementalAlterConfigs of client metrics that can't be", t -> alter(t, metrics, OpType.SET, "interval.ms", "5")),
            Steps.read("describeConfigs of the topic after that", t -> described(t, topic, ALL)),
            Steps.read("describeConfigs of the broker after that", t -> described(t, broker, ALL)),
            Steps.read("describeConfigs of all brokers after that", t -> described(t, brokers, ALL)),
            Steps.read("describeConfigs of the group after that", t -> described(t, group, ALL)),
            Steps.read("describeConfigs of client metrics after that", t -> described(t, metrics, ALL)),
            Steps.read("listConfigResources of topics", t -> t.admin.listConfigResources(Set.of(Type.TOPIC), new org.apache.kafka.clients.admin.ListConfigResourcesOptions())),
            Steps.read("listConfigResources of others", t -> t.admin.listConfigResources(Set.of(Type.GROUP, Type.CLIENT_METRICS, Type.BROKER), new org.apache.kafka.clients.admin.ListConfigResourcesOptions())),
            Steps.read("listConfigResources", t -> t.admin.listConfigResources()),
            Steps.read("listClientMetricsResources", t -> t.admin.listClientMetricsResources().all()),
            Steps.change("alterClientQuotas validateOnly", t -> t.admin.alterClientQuotas(List.of(set(quota("user", "ann"), "producer_byte_rate", 1000.0)), new org.apache.kafka.clients.admin.AlterClientQuotasOptions().validateOnly(true)).all()),
            Steps.change("alterClientQuotas", t -> t.admin.alterClientQuotas(List.of(
                set(quota("user", "ann"), "producer_byte_rate", 100000.0), set(quota("user", "ann", "client-id", "app"), "consumer_byte_rate", 200000.0), set(quota("user", null), "request_percentage", 90.5),
                set(quota("client-id", null), "controller_mutation_rate", 50.0), set(quota("ip", "127.0.0.9"), "connection_creation_rate", 100.0), set(quota("ip", null), "connection_creation_rate", 1000.0))).all()),
            Steps.change("alterClientQuotas of a host by its name", t -> t.admin.alterClientQuotas(List.of(set(quota("ip", "localhost"), "connection_creation_rate", 900.0)))),
            Steps.change("alterClientQuotas of a host that is not there", t -> t.admin.alterClientQuotas(List.of(set(quota("ip", "no.such.host.invalid"), "connection_creation_rate", 5.0))).values()),
            Steps.change("alterClientQuotas of what is no host", t -> t.admin.alterClientQuotas(List.of(set(quota("ip", "1.2.3.4.5.6"), "connection_creation_rate", 5.0))).values()),
            Steps.change("alterClientQuotas of an unknown key", t -> t.admin.alterClientQuotas(List.of(set(quota("user", "bob"), "nope", 5.0))).values()),
            Steps.change("alterClientQuotas of a fraction", t -> t.admin.alterClientQuotas(List.of(set(quota("user", "bob"), "producer_byte_rate", 5.5))).values()),
            Steps.change("alterClientQuotas of an ip with another key", t -> t.admin.alterClientQuotas(List.of(set(quota("ip", "1.2.3.4"), "producer_byte_rate", 5.0))).values()),
            Steps.change("alterClientQuotas of an odd entity", t -> t.admin.alterClientQuotas(List.of(set(quota("ip", "1.2.3.4", "user", "bob"), "connection_creation_rate", 5.0))).values()),
            Steps.change("alterClientQuotas, delete", t -> t.admin.alterClientQuotas(List.of(set(quota("ip", null), "connection_creation_rate", null))).all()),
            Steps.read("describeClientQuotas", t -> t.admin.describeClientQuotas(ClientQuotaFilter.all()).entities()),
            Steps.read("describeClientQuotas of a user", t -> t.admin.describeClientQuotas(ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntity("user", "ann")))).entities()),
            Steps.read("describeClientQuotas of a user alone", t -> t.admin.describeClientQuotas(ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntity("user", "ann")))).entities()),
            Steps.read("describeClientQuotas of defaults", t -> t.admin.describeClientQuotas(ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofDefaultEntity("user")))).entities()),
            Steps.read("describeClientQuotas of an unknown kind", t -> t.admin.describeClientQuotas(ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntityType("shoe")))).entities()),
            Steps.change("alterUserScramCredentials", t -> t.admin.alterUserScramCredentials(List.of(
                new UserScramCredentialUpsertion("ann", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192), "secret"), new UserScramCredentialUpsertion("bob", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), "secret")))),
            Steps.change("alterUserScramCredentials that can't be", t -> t.admin.alterUserScramCredentials(List.of(
                new UserScramCredentialUpsertion("few", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 1), "secret"), new UserScramCredentialDeletion("nobody", ScramMechanism.SCRAM_SHA_256),
                new UserScramCredentialUpsertion("", new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192), "secret")))),
            Steps.read("describeUserScramCredentials", t -> t.admin.describeUserScramCredentials().all()),
            Steps.read("describeUserScramCredentials of some", t -> {
                var described = t.admin.describeUserScramCredentials(List.of("ann", "nobody"));
                return List.of(described.users(), described.description("ann"), described.description("nobody"));
            }),
            Steps.change("alterUserScramCredentials, delete", t -> t.admin.alterUserScramCredentials(List.of(new UserScramCredentialDeletion("ann", ScramMechanism.SCRAM_SHA_256)))),
            Steps.read("describeUserScramCredentials after that", t -> t.admin.describeUserScramCredentials().all()));
    }
}
