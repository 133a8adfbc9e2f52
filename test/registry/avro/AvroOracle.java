import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.avro.NameValidator;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Answers one JSON line for each: {"reader", "writer"} with what keeps one from reading the other, {"schema"} with how
 * Avro prints it or null where it is none, {"schema", "json"} with the value's bytes.
 */
public final class AvroOracle {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                answer(JSON.readTree(line), answer);
            } catch (Throwable error) {
                answer.put("error", String.valueOf(error.getMessage()));
            }
            out.append(JSON.writeValueAsString(answer)).append('\n');
        }
        System.out.write(out.toString().getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    private static Schema parse(String text) {
        Schema.Parser parser = new Schema.Parser(NameValidator.STRICT_VALIDATOR);
        parser.setValidateDefaults(true);
        return parser.parse(text);
    }

    private static void answer(JsonNode question, ObjectNode answer) throws Exception {
        if (question.has("reader")) {
            Schema reader = parse(question.get("reader").asText());
            Schema writer = parse(question.get("writer").asText());
            ArrayNode problems = answer.putArray("problems");
            for (SchemaCompatibility.Incompatibility found : SchemaCompatibility
                    .checkReaderWriterCompatibility(reader, writer).getResult().getIncompatibilities()) {
                problems.addObject().put("type", found.getType().name()).put("message", found.getMessage())
                        .put("location", found.getLocation());
            }
            return;
        }
        Schema schema = parse(question.get("schema").asText());
        if (!question.has("json")) {
            answer.put("text", schema.toString());
            return;
        }
        Object value = new GenericDatumReader<Object>(schema).read(null,
                DecoderFactory.get().jsonDecoder(schema, question.get("json").asText()));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<Object>(schema).write(value, encoder);
        encoder.flush();
        answer.put("bytes", Base64.getEncoder().encodeToString(bytes.toByteArray()));
    }
}
