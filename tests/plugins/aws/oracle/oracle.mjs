// Two answers that are not ours: the official AWS SDK must parse our fake, and aws4 must come to the
// signatures our client sent.
//
// usage: node oracle.mjs URL REQUESTS   (the fake's address; its requests.jsonl of our client)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DescribeInstanceTypesCommand, EC2Client, paginateDescribeSpotPriceHistory } from "@aws-sdk/client-ec2";
import { PricingClient, paginateGetProducts } from "@aws-sdk/client-pricing";
import aws4 from "aws4";

const [endpoint, requests] = process.argv.slice(2);
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken: "SESSIONTOKENSESSIONTOKEN" };
const data = JSON.parse(readFileSync(new URL("../fake_aws.json", import.meta.url)));

// 1. What our client sent, before the SDK sends its own.
const sent = readFileSync(requests, "utf8").trim().split("\n").map((line) => JSON.parse(line));
assert.ok(sent.length > 5, `our client sent ${sent.length} requests`);
const targets = new Set();
for (const { action, path, headers, body } of sent) {
  const got = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const [, region, service] = got.authorization.match(/Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/);
  const covered = got.authorization.match(/SignedHeaders=([^,]+)/)[1].split(";");
  const request = { method: "POST", path, region, service, body: Buffer.from(body, "base64"),
    headers: Object.fromEntries(covered.map((name) => [name, got[name]])),
    extraHeadersToIgnore: { "content-length": true } };  // aws4 would cover it, too
  aws4.sign(request, keys);
  const theirs = (request.headers.Authorization ?? request.headers.authorization).match(/Signature=(\w+)/)[1];
  assert.equal(got.authorization.match(/Signature=(\w+)/)[1], theirs, `${action} is signed otherwise`);
  targets.add(action);
}
assert.deepEqual([...targets].sort(), ["DescribeInstanceTypes", "DescribeSpotPriceHistory", "GetProducts"]);

// 2. The fake, by the official clients.
const config = { endpoint, region: "us-east-1", credentials: keys };
const spot = [];
for await (const page of paginateDescribeSpotPriceHistory({ client: new EC2Client(config) }, { StartTime: new Date() }))
  spot.push(...page.SpotPriceHistory);
assert.deepEqual(spot.map((s) => [s.AvailabilityZone, s.InstanceType, s.ProductDescription, s.SpotPrice, s.Timestamp.toISOString()]),
  data.spot.map((s) => [s.zone, s.type, s.product, s.price, s.since]));

const types = await new EC2Client(config).send(new DescribeInstanceTypesCommand({}));
const [first] = types.InstanceTypes;
assert.deepEqual([first.InstanceType, first.VCpuInfo.DefaultVCpus, first.MemoryInfo.SizeInMiB, first.ProcessorInfo.SupportedArchitectures,
  first.SupportedUsageClasses], ["m5.large", 2, 8192, ["x86_64"], ["on-demand", "spot"]]);
assert.ok(types.NextToken);

const products = [];
const filter = (Field, Value) => ({ Type: "TERM_MATCH", Field, Value });
for await (const page of paginateGetProducts({ client: new PricingClient(config) },
  { ServiceCode: "AmazonEC2", Filters: [filter("regionCode", "us-east-1"), filter("operatingSystem", "Windows")] }))
  products.push(...page.PriceList.map((text) => JSON.parse(text).product.attributes.instanceType));
assert.deepEqual(products, ["m5.large", "m5.large"]);

console.log(`${sent.length} signatures, ${spot.length} spot prices, ${products.length} products: all agree`);
