// Reads the bundled sample through the client that openapi-generator makes for Java (library "native").
// Environment: ZIPZARR_URL, the service; ZIPZARR_KEY, a read key of it. Exit code 1 when a check failed.
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.*;
import org.openapitools.client.*;
import org.openapitools.client.api.*;
import org.openapitools.client.model.*;

public final class Check {
  private static final String NAME = "java-openapi-generator";
  private static final List<String> STORES = List.of("climate", "microscopy", "microscopy-v04.ome", "stations");
  private static final String KEY = System.getenv("ZIPZARR_KEY");
  private static int passed = 0;
  private static int failed = 0;

  private interface Call {
    Object run() throws ApiException;
  }

  private interface Part {
    void check(ApiClient client) throws ApiException, IOException;
  }

  public static void main(String[] args) {
    // The generated client has no setting for a bearer key; its request interceptor sets the header.
    ApiClient client = clientWithoutKey().setRequestInterceptor(request -> request.header("Authorization", "Bearer " + KEY));
    for (Part part : List.<Part>of(Check::stores, Check::metadata, Check::slices, Check::storedBytes)) {
      try {
        part.check(client);
      } catch (ApiException | IOException exception) {
        equal("a part that ends early", null, exception);
      }
    }
    System.out.println(NAME + ": " + passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }

  private static void stores(ApiClient client) throws ApiException, IOException {
    StoresApi stores = new StoresApi(client);
    equal("the stores", STORES, ids(stores.listStores(null, null, null)));
    StoreList first = stores.listStores(1, null, null);
    equal("a page of one store", List.of("climate"), ids(first));
    List<String> followed = new ArrayList<>(ids(first));
    for (String cursor = first.getNextCursor(); cursor != null && followed.size() <= STORES.size(); ) {
      StoreList page = stores.listStores(1, cursor, null);
      followed.addAll(ids(page));
      cursor = page.getNextCursor();
    }
    equal("the stores page by page", STORES, followed);
    Store climate = stores.getStore("climate", null);
    equal("the store's id", "climate", climate.getId());
    equal("the store's state", StoreState.READY, climate.getState());
    equal("the store's format", 2, climate.getZarrFormat());

    StoresApi closed = new StoresApi(clientWithoutKey());
    refused("listing without a key", 401, Problem.CodeEnum.UNAUTHORIZED, () -> closed.listStores(null, null, null));
    equal("the key in the URL", STORES, ids(closed.listStores(null, null, KEY)));
  }

  private static void metadata(ApiClient client) throws ApiException, IOException {
    NodesApi nodes = new NodesApi(client);
    Metadata metadata = nodes.getMetadata("climate", "air_temperature", null, null);
    equal("the node's type", NodeType.ARRAY, metadata.getNodeType());
    equal("the shape", List.of(60L, 45L, 90L), metadata.getShape());
    equal("the data type's name", "<f4", metadata.getDataType().getName());
    equal("the data type's kind", "float", metadata.getDataType().getKind());
    equal("the item size", 4L, metadata.getDataType().getItemSize());
    equal("the byte order", "little", metadata.getDataType().getByteOrder());
    equal("the dimension names", List.of("time", "lat", "lon"), metadata.getDimensionNames());
    equal("an attribute", "degC", metadata.getAttributes().get("units"));
    equal("the fill value", "NaN", metadata.getFillValue());
    refused("metadata of no node", 404, Problem.CodeEnum.NODE_NOT_FOUND, () -> nodes.getMetadata("climate", "nothing", null, null));
  }

  private static void slices(ApiClient client) throws ApiException, IOException {
    ApiResponse<File> raw = slice(client, ArrayFormat.RAW, null);
    float[] numbers = new float[6];
    ByteBuffer.wrap(Files.readAllBytes(raw.getData().toPath())).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    float[][] rows = client.getObjectMapper().readValue(slice(client, ArrayFormat.JSON, null).getData(), float[][].class);
    float[][] read = {Arrays.copyOfRange(numbers, 0, 3), Arrays.copyOfRange(numbers, 3, 6)};
    equal("the numbers of raw bytes and of JSON", Arrays.deepToString(rows), Arrays.deepToString(read));
    equal("the header Zarr-Shape", List.of("2,3"), raw.getHeaders().get("zarr-shape"));
    String tag = raw.getHeaders().get("etag").get(0);
    equal("a strong ETag", true, tag.startsWith("\"") && tag.length() > 2);
    // The generated client reports every status but 2xx as an ApiException.
    equal("the slice that has not changed", 304, refusal(() -> slice(client, ArrayFormat.RAW, tag)).getCode());
  }

  private static void storedBytes(ApiClient client) throws ApiException, IOException {
    ZarrApi zarr = new ZarrApi(client);
    File attributes = zarr.getValue("climate", "air_temperature/.zattrs", null, null, null, null);
    equal("an attribute as stored", "degC", client.getObjectMapper().readValue(attributes, Map.class).get("units"));
    equal("a chunk's length", 41697L, zarr.getValue("climate", "air_temperature/0.0.0", null, null, null, null).length());
    refused("a key that is not stored", 404, Problem.CodeEnum.KEY_NOT_FOUND, () -> zarr.getValue("climate", "air_temperature/9.9.9", null, null, null, null));
    ApiResponse<File> start = zarr.getArchiveWithHttpInfo("climate", null, null, "bytes=0-3");
    equal("the status of a range", 206, start.getStatusCode());
    equal("the first bytes of the archive", "[80, 75, 3, 4]", Arrays.toString(Files.readAllBytes(start.getData().toPath())));
  }

  private static ApiClient clientWithoutKey() {
    ApiClient client = new ApiClient();
    client.updateBaseUri(System.getenv("ZIPZARR_URL"));
    return client;
  }

  private static ApiResponse<File> slice(ApiClient client, ArrayFormat format, String knownTag) throws ApiException {
    return new ArraysApi(client).getSliceWithHttpInfo("climate", "air_temperature", "0,0:2,0:3", null, format, null, null, null, null, knownTag);
  }

  private static List<String> ids(StoreList list) {
    return list.getStores().stream().map(StoreSummary::getId).toList();
  }

  private static ApiException refusal(Call call) {
    try {
      call.run();
      return new ApiException("the call was answered");
    } catch (ApiException exception) {
      return exception;
    }
  }

  private static void refused(String what, int status, Problem.CodeEnum code, Call call) throws IOException {
    ApiException exception = refusal(call);
    equal("the status of " + what, status, exception.getCode());
    String body = Objects.requireNonNullElse(exception.getResponseBody(), "{}");
    equal("the problem of " + what, code, ApiClient.createDefaultObjectMapper().readValue(body, Problem.class).getCode());
  }

  private static void equal(String what, Object expected, Object actual) {
    if (Objects.equals(expected, actual)) {
      passed++;
      return;
    }
    failed++;
    System.out.println("not ok: " + what + ": expected " + expected + ", found " + actual);
  }
}
