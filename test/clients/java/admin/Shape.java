import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;

/** Any answer of the Admin client as JSON that is the same for two brokers that behave alike: what differs by nature has a mask. */
final class Shape {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SECONDS = 40;
    private static final long YEAR_2020 = 1_577_836_800_000L;
    private static final long YEAR_2100 = 4_102_444_800_000L;
    /** Of the disk, or of files that two brokers may write differently. */
    private static final Set<String> OF_THE_DISK = Set.of("totalBytes", "usableBytes", "logEndOffset", "lastFetchTimestamp", "lastCaughtUpTimestamp");

    private final List<String[]> masks;
    private final Map<Long, String> ports;

    /** `masks`: texts that are the broker's own, with what stands for them. */
    Shape(Map<Long, String> ports, List<String[]> masks) {
        this.ports = ports;
        this.masks = masks;
    }

    /** Calls every accessor of a result that gives futures, and waits for them. */
    ObjectNode ofResult(Object result) {
        TreeMap<String, JsonNode> values = new TreeMap<>();
        for (Method method : result.getClass().getMethods()) {
            boolean isAccessor = method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers());
            boolean givesFutures = KafkaFuture.class.isAssignableFrom(method.getReturnType()) || Map.class.isAssignableFrom(method.getReturnType());
            if (!isAccessor || !givesFutures || method.isAnnotationPresent(Deprecated.class)) continue;
            try {
                method.setAccessible(true);
                values.put(method.getName(), of(method.invoke(result)));
            } catch (ReflectiveOperationException e) {
                values.put(method.getName(), ofError(e.getCause() == null ? e : e.getCause()));
            }
        }
        ObjectNode node = JSON.createObjectNode();
        values.forEach(node::set);
        return node;
    }

    JsonNode ofError(Throwable error) {
        Throwable cause = error instanceof ExecutionException && error.getCause() != null ? error.getCause() : error;
        return JSON.getNodeFactory().textNode(masked(cause.getClass().getSimpleName() + ": " + cause.getMessage()));
    }

    JsonNode of(Object value) {
        return of("", value);
    }

    private JsonNode of(String name, Object value) {
        if (value == null) return JSON.getNodeFactory().nullNode();
        if (value instanceof KafkaFuture<?> future) return ofFuture(future);
        if (value instanceof Optional<?> optional) return of(name, optional.orElse(null));
        if (value instanceof OptionalInt optional) return optional.isPresent() ? of(name, optional.getAsInt()) : of(null);
        if (value instanceof OptionalLong optional) return optional.isPresent() ? of(name, optional.getAsLong()) : of(null);
        if (value instanceof Map<?, ?> map) return ofMap(map);
        if (value instanceof Collection<?> items) return ofItems(items);
        if (value instanceof Boolean flag) return JSON.getNodeFactory().booleanNode(flag);
        if (value instanceof Uuid id) return JSON.getNodeFactory().textNode(id.equals(Uuid.ZERO_UUID) ? "no id" : "an id");
        if (value instanceof Number number) return ofNumber(name, number);
        if (value instanceof Throwable error) return ofError(error);
        if (value instanceof String || value instanceof Enum || !value.getClass().getName().startsWith("org.apache.kafka")) {
            return JSON.getNodeFactory().textNode(name.equals("documentation") ? "a sentence" : masked(String.valueOf(value)));
        }
        return ofFields(value);
    }

    private JsonNode ofFuture(KafkaFuture<?> future) {
        try {
            return of(future.get(SECONDS, TimeUnit.SECONDS));
        } catch (Exception e) {
            return ofError(e);
        }
    }

    private JsonNode ofMap(Map<?, ?> map) {
        TreeMap<String, JsonNode> sorted = new TreeMap<>();
        map.forEach((key, value) -> {
            JsonNode shape = of(key);
            sorted.put(shape.isTextual() ? shape.asText() : shape.toString(), of(value));
        });
        ObjectNode node = JSON.createObjectNode();
        sorted.forEach(node::set);
        return node;
    }

    private JsonNode ofItems(Collection<?> items) {
        ArrayNode node = JSON.createArrayNode();
        items.stream().map(this::of).sorted(Comparator.comparing(JsonNode::toString)).forEach(node::add);
        return node;
    }

    private JsonNode ofNumber(String name, Number number) {
        if (number instanceof Double || number instanceof Float) return JSON.getNodeFactory().numberNode(number.doubleValue());
        long value = number.longValue();
        if (OF_THE_DISK.contains(name)) return JSON.getNodeFactory().textNode(value < 0 ? "unknown" : "some");
        if (ports.containsKey(value)) return JSON.getNodeFactory().textNode(ports.get(value));
        if (value > YEAR_2020 && value < YEAR_2100) return JSON.getNodeFactory().textNode("a time");
        return JSON.getNodeFactory().numberNode(value);
    }

    private JsonNode ofFields(Object value) {
        TreeMap<String, JsonNode> fields = new TreeMap<>();
        for (Class<?> type = value.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || field.getName().equals("hash")) continue;
                try {
                    field.setAccessible(true);
                    fields.put(field.getName(), of(field.getName(), field.get(value)));
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        ObjectNode node = JSON.createObjectNode();
        fields.forEach(node::set);
        return node;
    }

    private String masked(String text) {
        String result = text;
        for (String[] mask : masks) result = result.replace(mask[0], mask[1]);
        return result
            .replaceAll("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uuid>")
            .replaceAll("(?<![A-Za-z0-9_/.-])(?=[A-Za-z0-9_-]*[A-Z0-9])(?!\\w*Exception)[A-Za-z0-9_-]{22}(?![A-Za-z0-9_/.-])", "<id>")
            .replaceAll("\\b1[67]\\d{11}\\b", "<time>");
    }
}
