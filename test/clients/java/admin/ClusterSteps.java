import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.CreateDelegationTokenOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The cluster itself: nodes, features, the quorum, and what needs an authorizer or SASL. */
final class ClusterSteps {
    private ClusterSteps() {}

    private static Steps.Step update(String title, String name, int level, UpgradeType type) {
        return Steps.change(title, t -> t.admin.updateFeatures(Map.of(name, new FeatureUpdate((short) level, type)), new UpdateFeaturesOptions()));
    }

    static List<Steps.Step> all() {
        AclBinding acl = new AclBinding(new ResourcePattern(ResourceType.TOPIC, "orders", PatternType.LITERAL), new AccessControlEntry("User:ann", "*", AclOperation.READ, AclPermissionType.ALLOW));
        return List.of(
            Steps.read("describeCluster", t -> t.admin.describeCluster()),
            Steps.read("describeCluster with operations and the fenced", t -> t.admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true).includeFencedBrokers(true))),
            Steps.read("describeFeatures", t -> t.admin.describeFeatures().featureMetadata().get().finalizedFeatures()),
            Steps.read("describeFeatures, supported", t -> t.admin.describeFeatures().featureMetadata().get().supportedFeatures()),
            Steps.change("updateFeatures validateOnly", t -> t.admin.updateFeatures(Map.of("transaction.version", new FeatureUpdate((short) 1, UpgradeType.SAFE_DOWNGRADE)), new UpdateFeaturesOptions().validateOnly(true))),
            update("updateFeatures down", "transaction.version", 1, UpgradeType.SAFE_DOWNGRADE),
            update("updateFeatures up", "transaction.version", 2, UpgradeType.UPGRADE),
            update("updateFeatures up to what is there", "transaction.version", 2, UpgradeType.UPGRADE),
            update("updateFeatures of an unknown one", "shoe.version", 1, UpgradeType.UPGRADE),
            update("updateFeatures too far", "group.version", 9, UpgradeType.UPGRADE),
            update("updateFeatures down as an upgrade", "transaction.version", 1, UpgradeType.UPGRADE),
            update("updateFeatures of metadata down", "metadata.version", 20, UpgradeType.SAFE_DOWNGRADE),
            Steps.read("describeFeatures after that", t -> t.admin.describeFeatures().featureMetadata().get().finalizedFeatures()),
            Steps.read("describeMetadataQuorum", t -> t.admin.describeMetadataQuorum().quorumInfo().get().voters()),
            Steps.read("describeMetadataQuorum, the rest", t -> {
                var quorum = t.admin.describeMetadataQuorum().quorumInfo().get();
                return List.of(quorum.leaderId(), quorum.leaderEpoch() > 0, quorum.highWatermark() > 0, quorum.observers(), quorum.nodes());
            }),
            Steps.change("addRaftVoter that is there", t -> t.admin.addRaftVoter(1, new Uuid(1, 2), Set.of(new RaftVoterEndpoint("CONTROLLER", "127.0.0.1", 9)))),
            Steps.change("removeRaftVoter that is not there", t -> t.admin.removeRaftVoter(7, new Uuid(1, 2))),
            Steps.change("unregisterBroker that is not there", t -> t.admin.unregisterBroker(99)),
            Steps.read("describeAcls", t -> t.admin.describeAcls(AclBindingFilter.ANY).values()),
            Steps.change("createAcls", t -> t.admin.createAcls(List.of(acl)).all()),
            Steps.change("deleteAcls", t -> t.admin.deleteAcls(List.of(AclBindingFilter.ANY)).all()),
            Steps.change("createDelegationToken", t -> t.admin.createDelegationToken(new CreateDelegationTokenOptions().maxLifetimeMs(1_000)).delegationToken()),
            Steps.change("renewDelegationToken", t -> t.admin.renewDelegationToken(new byte[] {1}).expiryTimestamp()),
            Steps.change("expireDelegationToken", t -> t.admin.expireDelegationToken(new byte[] {1}).expiryTimestamp()),
            Steps.read("describeDelegationToken", t -> t.admin.describeDelegationToken().delegationTokens()),
            Steps.read("clientInstanceId", t -> t.admin.clientInstanceId(Duration.ofSeconds(10))));
    }
}
