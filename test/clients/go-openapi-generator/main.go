// Reads the bundled sample through the client that openapi-generator makes for Go.
// Environment: ZIPZARR_URL, the service; ZIPZARR_KEY, a read key of it. Exit code 1 when a check failed.
package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	zipzarr "zipzarr/api"
)

const name = "go-openapi-generator"

var (
	stores         = []string{"climate", "microscopy", "microscopy-v04.ome", "stations"}
	passed, failed int
)

func main() {
	key := os.Getenv("ZIPZARR_KEY")
	settings := zipzarr.NewConfiguration()
	settings.Servers = zipzarr.ServerConfigurations{{URL: os.Getenv("ZIPZARR_URL")}}
	client := zipzarr.NewAPIClient(settings)
	// The generated client takes the key of each call from its context.
	ctx := context.WithValue(context.Background(), zipzarr.ContextAccessToken, key)
	for _, part := range []func(){
		func() { checkStores(ctx, client) },
		func() { checkKey(client, key) },
		func() { checkMetadata(ctx, client) },
		func() { checkSlices(ctx, client) },
		func() { checkStoredBytes(ctx, client) },
	} {
		runPart(part)
	}
	fmt.Printf("%s: %d passed, %d failed\n", name, passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func checkStores(ctx context.Context, client *zipzarr.APIClient) {
	list := client.StoresAPI.ListStores(ctx)
	equal("the stores", stores, ids(answered(list.Execute())))
	page := answered(list.Limit(1).Execute())
	equal("a page of one store", stores[:1], ids(page))
	followed := ids(page)
	for page.HasNextCursor() && len(followed) <= len(stores) {
		page = answered(list.Limit(1).Cursor(page.GetNextCursor()).Execute())
		followed = append(followed, ids(page)...)
	}
	equal("the stores page by page", stores, followed)
	climate := answered(client.StoresAPI.GetStore(ctx, "climate").Execute())
	equal("the store's id", "climate", climate.GetId())
	equal("the store's state", zipzarr.READY, climate.GetState())
	equal("the store's format", 2, climate.GetZarrFormat())
}

func checkKey(client *zipzarr.APIClient, key string) {
	list := client.StoresAPI.ListStores(context.Background())
	_, answer, err := list.Execute()
	refused("listing without a key", 401, "UNAUTHORIZED", answer, err)
	equal("the stores with the key in the URL", stores, ids(answered(list.ApiKey(key).Execute())))
}

func checkMetadata(ctx context.Context, client *zipzarr.APIClient) {
	get := client.NodesAPI.GetMetadata(ctx, "climate")
	metadata := answered(get.Path("air_temperature").Execute())
	dataType := metadata.GetDataType()
	names := []string{}
	for _, dimension := range metadata.GetDimensionNames() {
		names = append(names, *dimension)
	}
	equal("the node's type", zipzarr.ARRAY, metadata.GetNodeType())
	equal("the shape", []int64{60, 45, 90}, metadata.GetShape())
	equal("the data type's name", "<f4", dataType.GetName())
	equal("the data type's kind", "float", dataType.GetKind())
	equal("the item size", 4, dataType.GetItemSize())
	equal("the byte order", "little", dataType.GetByteOrder())
	equal("the dimension names", []string{"time", "lat", "lon"}, names)
	equal("an attribute", any("degC"), metadata.GetAttributes()["units"])
	equal("the fill value", any("NaN"), metadata.GetFillValue())
	_, answer, err := get.Path("nothing").Execute()
	refused("metadata of no node", 404, "NODE_NOT_FOUND", answer, err)
}

func checkSlices(ctx context.Context, client *zipzarr.APIClient) {
	slice := client.ArraysAPI.GetSlice(ctx, "climate").Path("air_temperature").Slice("0,0:2,0:3")
	file, answer, err := slice.Format(zipzarr.RAW).Execute()
	raw := content(file, answer, err)
	var numbers, rows [2][3]float32
	check(binary.Read(bytes.NewReader(raw), binary.LittleEndian, &numbers))
	check(json.Unmarshal(content(slice.Format(zipzarr.JSON).Execute()), &rows))
	equal("the length of raw bytes", 24, len(raw))
	equal("the numbers of raw bytes and of JSON", rows, numbers)
	equal("the header Zarr-Shape", "2,3", answer.Header.Get("Zarr-Shape"))
	tag := answer.Header.Get("ETag")
	equal("a strong ETag", true, strings.HasPrefix(tag, `"`))
	// The generated client reports every status from 300 on as an error.
	_, unchanged, _ := slice.Format(zipzarr.RAW).IfNoneMatch(tag).Execute()
	equal("the slice that has not changed", 304, unchanged.StatusCode)
}

func checkStoredBytes(ctx context.Context, client *zipzarr.APIClient) {
	value := func(key string) zipzarr.ApiGetValueRequest {
		return client.ZarrAPI.GetValue(ctx, "climate", "air_temperature/"+key)
	}
	attributes := map[string]any{}
	check(json.Unmarshal(content(value(".zattrs").Execute()), &attributes))
	equal("an attribute as stored", any("degC"), attributes["units"])
	equal("a chunk's length", 41697, len(content(value("0.0.0").Execute())))
	equal("the first bytes of a document", "{\n  ", string(content(value(".zattrs").Range_("bytes=0-3").Execute())))
	file, answer, err := client.ZarrAPI.GetArchive(ctx, "climate").Range_("bytes=0-3").Execute()
	equal("the first bytes of the archive", "PK\x03\x04", string(content(file, answer, err)))
	equal("the status of a range", 206, answer.StatusCode)
}

// content reads a binary answer, which the generated client puts into a temporary file, and removes the file.
func content(file *os.File, answer *http.Response, err error) []byte {
	answered(file, answer, err)
	defer os.Remove(file.Name())
	defer file.Close()
	bytes, err := io.ReadAll(file)
	check(err)
	return bytes
}

func answered[T any](value T, _ *http.Response, err error) T {
	check(err)
	return value
}

// refused checks the problem that the generated client has decoded.
func refused(what string, status int, code string, answer *http.Response, err error) {
	equal("the status of "+what, status, answer.StatusCode)
	var refusal *zipzarr.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		panic(fmt.Sprint(what, ": ", err))
	}
	problem, isProblem := refusal.Model().(zipzarr.Problem)
	if !isProblem {
		panic(fmt.Sprint(what, ": ", err))
	}
	equal("the problem of "+what, code, problem.GetCode())
}

func ids(list *zipzarr.StoreList) []string {
	found := []string{}
	for _, store := range list.Stores {
		found = append(found, store.Id)
	}
	return found
}

// runPart counts a part that ends early as one failure.
func runPart(part func()) {
	defer func() {
		if reason := recover(); reason != nil {
			equal("a part that ends early", any(nil), reason)
		}
	}()
	part()
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func equal[T any](what string, expected, actual T) {
	if reflect.DeepEqual(expected, actual) {
		passed++
		return
	}
	failed++
	fmt.Printf("not ok: %s: expected %v, found %v\n", what, expected, actual)
}
