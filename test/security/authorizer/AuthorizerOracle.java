import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.utils.SecurityUtils;
import org.apache.kafka.metadata.authorizer.StandardAcl;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;

/** What Kafka's own authorizer says: one JSON case a line in, one JSON list of answers a line out. */
public final class AuthorizerOracle {
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Asker(KafkaPrincipal principal, InetAddress clientAddress) implements AuthorizableRequestContext {
        @Override public String listenerName() {
            return "L";
        }

        @Override public SecurityProtocol securityProtocol() {
            return SecurityProtocol.PLAINTEXT;
        }

        @Override public int requestType() {
            return 0;
        }

        @Override public int requestVersion() {
            return 0;
        }

        @Override public String clientId() {
            return "";
        }

        @Override public int correlationId() {
            return 0;
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(JSON.writeValueAsString(answers(JSON.readTree(line))));
        }
    }

    private static List<String> answers(JsonNode given) throws Exception {
        StandardAuthorizer authorizer = new StandardAuthorizer();
        Map<String, Object> configs = new HashMap<>();
        configs.put("super.users", given.get("superUsers").asText());
        configs.put("allow.everyone.if.no.acl.found", given.get("allowIfNoAcl").asText());
        configs.put("node.id", "1");
        authorizer.configure(configs);
        // It counts its decisions, and can not make one without.
        authorizer.withPluginMetrics(new PluginMetricsImpl(new Metrics(), new LinkedHashMap<>()));
        List<Uuid> ids = new ArrayList<>();
        for (JsonNode acl : given.get("acls")) {
            Uuid id = new Uuid(1, ids.size() + 1);
            ids.add(id);
            authorizer.addAcl(id, aclOf(acl));
        }
        for (JsonNode index : given.get("removed")) authorizer.removeAcl(ids.get(index.asInt()));
        authorizer.completeInitialLoad();
        List<String> answers = new ArrayList<>();
        for (JsonNode question : given.get("questions")) answers.add(answer(authorizer, question));
        authorizer.close();
        return answers;
    }

    private static StandardAcl aclOf(JsonNode acl) {
        return new StandardAcl(
            ResourceType.fromCode((byte) acl.get("resourceType").asInt()),
            acl.get("resourceName").asText(),
            PatternType.fromCode((byte) acl.get("patternType").asInt()),
            acl.get("principal").asText(),
            acl.get("host").asText(),
            AclOperation.fromCode((byte) acl.get("operation").asInt()),
            AclPermissionType.fromCode((byte) acl.get("permissionType").asInt()));
    }

    private static String answer(StandardAuthorizer authorizer, JsonNode question) throws Exception {
        KafkaPrincipal principal = SecurityUtils.parseKafkaPrincipal(question.get("principal").asText());
        Asker asker = new Asker(principal, InetAddress.getByName(question.get("host").asText()));
        AclOperation operation = AclOperation.fromCode((byte) question.get("operation").asInt());
        ResourceType type = ResourceType.fromCode((byte) question.get("resourceType").asInt());
        try {
            if (question.get("name").isNull()) {
                return authorizer.authorizeByResourceType(asker, operation, type).toString();
            }
            ResourcePattern pattern = new ResourcePattern(type, question.get("name").asText(), PatternType.LITERAL);
            Action action = new Action(operation, pattern, 1, true, true);
            String result = authorizer.authorize(asker, List.of(action)).get(0).toString();
            return result + " " + ruleOf(authorizer, asker, action);
        } catch (RuntimeException e) {
            return e.getClass().getSimpleName();
        }
    }

    /** The reason, which Kafka tells its audit log only. */
    private static String ruleOf(StandardAuthorizer authorizer, Asker asker, Action action) throws Exception {
        Field field = StandardAuthorizer.class.getDeclaredField("data");
        field.setAccessible(true);
        Object data = field.get(authorizer);
        Method superUsers = data.getClass().getDeclaredMethod("superUsers");
        superUsers.setAccessible(true);
        if (((Set<?>) superUsers.invoke(data)).contains(asker.principal().toString())) return "SuperUser";
        Method find = data.getClass().getDeclaredMethod("findAclRule", Set.class, String.class, Action.class);
        find.setAccessible(true);
        Set<KafkaPrincipal> principals = Set.of(asker.principal(), new KafkaPrincipal(KafkaPrincipal.USER_TYPE, "*"));
        try {
            return find.invoke(data, principals, asker.clientAddress().getHostAddress(), action).toString();
        } catch (InvocationTargetException e) {
            return e.getCause().getClass().getSimpleName();
        }
    }
}
