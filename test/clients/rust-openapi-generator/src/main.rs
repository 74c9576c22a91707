//! Reads the bundled sample through the client that openapi-generator makes for Rust (library "reqwest").
//! Environment: ZIPZARR_URL, the service; ZIPZARR_KEY, a read key of it. Exit code 1 when a check failed.
use openapi::apis::arrays_api::{get_slice, GetSliceError};
use openapi::apis::configuration::Configuration;
use openapi::apis::nodes_api::get_metadata;
use openapi::apis::stores_api::{get_store, list_stores};
use openapi::apis::zarr_api::{get_archive, get_value, GetValueError};
use openapi::apis::Error;
use openapi::models::problem::Code;
use openapi::models::{ArrayFormat, NodeType, Problem, StoreList, StoreState};
use reqwest::Response;
use serde_json::Value;
use std::fmt::Debug;

const NAME: &str = "rust-openapi-generator";
const STORES: [&str; 4] = ["climate", "microscopy", "microscopy-v04.ome", "stations"];
type Outcome = Result<(), Box<dyn std::error::Error>>;

#[derive(Default)]
struct Checks {
    passed: u32,
    failed: u32,
}

impl Checks {
    fn equal<T: PartialEq + Debug>(&mut self, what: &str, expected: T, actual: T) {
        if expected == actual {
            self.passed += 1;
        } else {
            self.failed += 1;
            println!("not ok: {what}: expected {expected:?}, found {actual:?}");
        }
    }

    fn part(&mut self, outcome: Outcome) {
        if let Err(error) = outcome {
            self.equal("a part that ends early", String::new(), error.to_string());
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let key = std::env::var("ZIPZARR_KEY")?;
    let closed = Configuration { base_path: std::env::var("ZIPZARR_URL")?, ..Configuration::default() };
    let open = Configuration { bearer_access_token: Some(key.clone()), ..closed.clone() };
    let mut checks = Checks::default();
    let outcome = without_key(&mut checks, &closed, &key).await;
    checks.part(outcome);
    let outcome = stores(&mut checks, &open).await;
    checks.part(outcome);
    let outcome = metadata(&mut checks, &open).await;
    checks.part(outcome);
    let outcome = slices(&mut checks, &open).await;
    checks.part(outcome);
    let outcome = stored_bytes(&mut checks, &open).await;
    checks.part(outcome);
    println!("{NAME}: {} passed, {} failed", checks.passed, checks.failed);
    std::process::exit(i32::from(checks.failed > 0));
}

async fn without_key(checks: &mut Checks, closed: &Configuration, key: &str) -> Outcome {
    let refused = refusal(list_stores(closed, None, None, None).await);
    checks.equal("listing without a key", Some((401, Some(Code::Unauthorized))), refused);
    let in_url = list_stores(closed, None, None, Some(key)).await?;
    checks.equal("the key in the URL", STORES.to_vec(), ids(&in_url));
    Ok(())
}

async fn stores(checks: &mut Checks, open: &Configuration) -> Outcome {
    checks.equal("the stores", STORES.to_vec(), ids(&list_stores(open, None, None, None).await?));
    let mut page = list_stores(open, Some(1), None, None).await?;
    checks.equal("a page of one store", vec!["climate"], ids(&page));
    let mut followed = page.stores.clone();
    while let (Some(cursor), true) = (page.next_cursor, followed.len() <= STORES.len()) {
        page = list_stores(open, Some(1), Some(&cursor), None).await?;
        followed.extend(page.stores.clone());
    }
    checks.equal("the stores page by page", STORES.to_vec(), ids(&StoreList::new(followed)));
    let climate = get_store(open, "climate", None).await?;
    checks.equal("the store's id", "climate", climate.id.as_str());
    checks.equal("the store's state", StoreState::Ready, climate.state);
    checks.equal("the store's format", Some(2), climate.zarr_format);
    Ok(())
}

async fn metadata(checks: &mut Checks, open: &Configuration) -> Outcome {
    let node = get_metadata(open, "climate", Some("air_temperature"), None, None).await?;
    checks.equal("the node's type", NodeType::Array, node.node_type);
    checks.equal("the shape", Some(vec![60, 45, 90]), node.shape);
    let data_type = node.data_type.ok_or("no data type")?;
    checks.equal("the data type", ("<f4", "float", 4), (data_type.name.as_str(), data_type.kind.as_str(), data_type.item_size));
    checks.equal("the byte order", Some("little"), data_type.byte_order.as_deref());
    let dimensions = node.dimension_names.map(|names| names.join(","));
    checks.equal("the dimension names", Some("time,lat,lon"), dimensions.as_deref());
    checks.equal("an attribute", Some("degC"), node.attributes.get("units").and_then(Value::as_str));
    checks.equal("the fill value", Some(Some(Value::from("NaN"))), node.fill_value);
    let nothing = refusal(get_metadata(open, "climate", Some("nothing"), None, None).await);
    checks.equal("metadata of no node", Some((404, Some(Code::NodeNotFound))), nothing);
    Ok(())
}

async fn slices(checks: &mut Checks, open: &Configuration) -> Outcome {
    let raw = slice(open, ArrayFormat::Raw, None).await?;
    checks.equal("the header Zarr-Shape", Some("2,3"), header(&raw, "zarr-shape"));
    let tag = header(&raw, "etag").ok_or("no ETag")?.to_owned();
    let bytes = raw.bytes().await?;
    let read: Vec<f32> = bytes.chunks_exact(4).map(|item| f32::from_le_bytes([item[0], item[1], item[2], item[3]])).collect();
    checks.equal("the numbers of raw bytes", 6, read.len());
    let json = slice(open, ArrayFormat::Json, None).await?.text().await?;
    let rows: Vec<Vec<f32>> = serde_json::from_str(&json)?;
    checks.equal("the same numbers as JSON", rows.concat(), read);
    // A 304 is an answer of the generated client, not an error.
    checks.equal("the slice that has not changed", 304, slice(open, ArrayFormat::Raw, Some(&tag)).await?.status().as_u16());
    Ok(())
}

async fn stored_bytes(checks: &mut Checks, open: &Configuration) -> Outcome {
    let attributes = value(open, "air_temperature/.zattrs").await?.text().await?;
    checks.equal("an attribute as stored", "degC".into(), serde_json::from_str::<Value>(&attributes)?["units"].take());
    checks.equal("a chunk's length", 41697, value(open, "air_temperature/0.0.0").await?.bytes().await?.len());
    let missing = refusal(value(open, "air_temperature/9.9.9").await);
    checks.equal("a key that is not stored", Some((404, Some(Code::KeyNotFound))), missing);
    let start = get_archive(open, "climate", None, None, Some("bytes=0-3")).await?;
    checks.equal("the status of a range", 206, start.status().as_u16());
    checks.equal("the first bytes of the archive", &b"PK\x03\x04"[..], &start.bytes().await?[..]);
    Ok(())
}

async fn slice(open: &Configuration, format: ArrayFormat, known_tag: Option<&str>) -> Result<Response, Error<GetSliceError>> {
    get_slice(open, "climate", Some("air_temperature"), Some("0,0:2,0:3"), None, Some(format), None, None, None, None, known_tag).await
}

async fn value(open: &Configuration, key: &str) -> Result<Response, Error<GetValueError>> {
    get_value(open, "climate", key, None, None, None, None).await
}

fn ids(list: &StoreList) -> Vec<&str> {
    list.stores.iter().map(|store| store.id.as_str()).collect()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Status and code of a refusal. The problem is read from the body: the generated error types hold it under
/// the first variant that fits (`Status400`), whatever the status was.
fn refusal<T, E>(result: Result<T, Error<E>>) -> Option<(u16, Option<Code>)> {
    let Err(Error::ResponseError(response)) = result else { return None };
    let problem = serde_json::from_str::<Problem>(&response.content).ok();
    Some((response.status.as_u16(), problem.map(|problem| problem.code)))
}
