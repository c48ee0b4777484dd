// The fake's Auto Scaling groups by the official AWS SDK, and the signatures of what our controller sent by aws4.
//
// usage: node groups.mjs URL REQUESTS   (the fake's address; its requests.jsonl of our controller)
import assert from "node:assert/strict";
import { AutoScalingClient, DescribeScalingActivitiesCommand, SetDesiredCapacityCommand, TerminateInstanceInAutoScalingGroupCommand,
  paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { signedActions } from "./signatures.mjs";

const [endpoint, requests] = process.argv.slice(2);
const secret = "not-a-real-secret";  // what `plugins verify` has for every secret
const credentials = { accessKeyId: secret, secretAccessKey: secret, sessionToken: secret };

// 1. What our controller sent, before the SDK sends its own.
const { count, actions } = signedActions(requests, credentials);
assert.deepEqual(actions, ["DescribeAutoScalingGroups", "DescribeInstances", "DescribeScalingActivities", "SetDesiredCapacity"]);

// 2. The fake, by the official clients.
const config = { endpoint, region: "us-east-1", credentials };
const client = new AutoScalingClient(config);
const groups = async () => {
  const found = {};
  for await (const page of paginateDescribeAutoScalingGroups({ client }, {}))
    for (const group of page.AutoScalingGroups) found[group.AutoScalingGroupName] = group;
  return found;
};
assert.deepEqual(Object.keys(await groups()), ["batch", "db", "web-asg", "weights"]);
await client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: "web-asg", DesiredCapacity: 5, HonorCooldown: false }));
await groups();
const { "web-asg": web, weights } = await groups();
assert.deepEqual([web.MinSize, web.MaxSize, web.DesiredCapacity, web.CreatedTime instanceof Date], [1, 8, 5, true]);
assert.deepEqual(web.Instances.filter((i) => !i.LifecycleState.startsWith("Terminating")).map((i) => [i.LifecycleState, i.HealthStatus, i.ProtectedFromScaleIn]),
  Array(5).fill(["InService", "Healthy", false]));
assert.equal(weights.Instances[0].WeightedCapacity, "2");

const ended = await client.send(new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: web.Instances[0].InstanceId,
  ShouldDecrementDesiredCapacity: true }));
assert.match(ended.Activity.Description, /Terminating EC2 instance: i-/);
assert.equal((await groups())["web-asg"].DesiredCapacity, 4);
const { Activities } = await client.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: "web-asg" }));
assert.ok(Activities.length > 3 && Activities[0].StartTime instanceof Date && Activities[0].StatusCode === "InProgress");

const ids = web.Instances.slice(1).map((i) => i.InstanceId);
const { Reservations } = await new EC2Client(config).send(new DescribeInstancesCommand({ InstanceIds: ids }));
const bought = Reservations.flatMap((r) => r.Instances).map((i) => i.InstanceLifecycle ?? "on-demand");
assert.deepEqual([...new Set(bought)].sort(), ["on-demand", "spot"]);

await assert.rejects(client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: "web-asg", DesiredCapacity: 99 })),
  { name: "ValidationError", message: /above max value 8/ });
console.log(`${count} signatures, ${actions.length} actions, ${bought.length} machines: all agree`);
