"""Auto Scaling groups and their machines, for fake_aws.py: as AWS answers them, without the waiting.

A machine is Pending when it is first described and InService from the next time on; Terminating once, then gone.
FOLDER/groups.json, read anew for each request, is {GROUP: {"most": N, "message": TEXT}}: more than N machines are not
to be had, and each such launch is an activity that failed with that text; also {GROUP: {"unhealthy": true}}, and
{GROUP: {"suspended": ["Launch"]}}.
"""
import json, os, threading, time
from xml.sax.saxutils import escape

PAGE = 2
LOCK = threading.RLock()
ZONES = ["us-east-1a", "us-east-1b"]


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%03dZ" % (seconds % 1 * 1000)


def member(**fields):
    return "<member>" + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items()) + "</member>"


def members(rows):
    return "".join(rows)


class Wrong(Exception):
    """What AWS refuses, by its code."""

    def __init__(self, message, code="ValidationError"):
        super().__init__(message)
        self.code = code


class Groups:
    def __init__(self, folder):
        self.folder, self.number, self.activities = folder, 0, []
        self.machines = {}  # by group
        self.groups = {}
        for name, least, most, desired in (("batch", 0, 5, 0), ("db", 1, 4, 1), ("web-asg", 1, 8, 2), ("weights", 0, 9, 1)):
            self.groups[name] = {"min": least, "max": most, "desired": desired, "created": time.time()}
            self.machines[name] = []
            self.settle(name)

    def told(self, name):
        try:
            return json.load(open(os.path.join(self.folder, "groups.json"))).get(name, {})
        except (OSError, ValueError):
            return {}

    def alive(self, name):
        return [m for m in self.machines[name] if not m["state"].startswith("Termin")]

    def settle(self, name):
        """Launches and ends machines as the group wishes; ends the oldest ones first."""
        group = self.groups[name]
        while len(self.alive(name)) > group["desired"]:
            self.end(name, next(m for m in self.alive(name) if not m["protected"]))
        while len(self.alive(name)) < group["desired"]:
            if len(self.alive(name)) >= self.told(name).get("most", 1000):
                self.act(name, "Launching a new EC2 instance.  Status Reason: " + self.told(name)["message"], "Failed", self.told(name)["message"])
                break
            self.number += 1
            spot = name == "web-asg" and self.number % 2 == 0
            machine = {"id": f"i-{self.number:017x}", "type": "c5.large" if spot else "m5.large", "spot": spot, "zone": ZONES[self.number % 2],
                       "state": "Pending", "seen": 0, "protected": False, "launched": time.time()}
            self.machines[name].append(machine)
            self.act(name, f"Launching a new EC2 instance: {machine['id']}", "Successful")

    def end(self, name, machine):
        machine.update(state="Terminating", seen=0)
        self.act(name, f"Terminating EC2 instance: {machine['id']}", "InProgress")

    def act(self, name, description, status, message=""):
        self.activities.insert(0, {"id": f"activity-{len(self.activities)}", "group": name, "description": description, "status": status,
                                   "message": message, "at": time.time()})

    def pass_time(self, name):
        """One look later."""
        for machine in list(self.machines[name]):
            if machine["seen"] and machine["state"] == "Pending":
                machine["state"] = "InService"
            elif machine["seen"] and machine["state"] == "Terminating":
                self.machines[name].remove(machine)
            machine["seen"] += 1

    # -- the calls; each answers the inside of its result ---------------------------------------------------
    def call(self, action, form):
        with LOCK:
            return getattr(self, action)(form)

    def find(self, form):
        name = form.get("AutoScalingGroupName", "")
        if name not in self.groups:
            raise Wrong(f"AutoScalingGroup name not found - AutoScalingGroup: {name} not found")
        return name

    def DescribeAutoScalingGroups(self, form):
        asked = {v for k, v in form.items() if k.startswith("AutoScalingGroupNames.member.")}
        names = [n for n in sorted(self.groups) if not asked or n in asked]
        begin = int(form.get("NextToken") or 0)
        rows = []
        for name in names[begin:begin + PAGE]:
            self.pass_time(name)
            rows.append(self.row(name))
        more = f"<NextToken>{begin + PAGE}</NextToken>" if begin + PAGE < len(names) else ""
        return f"<AutoScalingGroups>{members(rows)}</AutoScalingGroups>{more}"

    def row(self, name):
        group, told = self.groups[name], self.told(name)
        weight = {"WeightedCapacity": "2"} if name == "weights" else {}
        instances = members(member(
            ProtectedFromScaleIn=str(m["protected"]).lower(), AvailabilityZone=m["zone"], InstanceId=m["id"], **weight,
            HealthStatus="Unhealthy" if told.get("unhealthy") else "Healthy", LifecycleState=m["state"], InstanceType=m["type"])
            for m in self.machines[name])
        suspended = members(member(ProcessName=p, SuspensionReason="User suspended") for p in told.get("suspended", []))
        return member(
            AutoScalingGroupName=name, AutoScalingGroupARN=f"arn:aws:autoscaling:us-east-1:1:autoScalingGroup:1:autoScalingGroupName/{name}",
            MinSize=group["min"], MaxSize=group["max"], DesiredCapacity=group["desired"], DefaultCooldown=300,
            AvailabilityZones="".join(f"<member>{z}</member>" for z in ZONES), HealthCheckType="EC2", HealthCheckGracePeriod=0,
            CreatedTime=stamp(group["created"]), Instances=instances, SuspendedProcesses=suspended)

    def SetDesiredCapacity(self, form):
        name, desired = self.find(form), int(form["DesiredCapacity"])
        group = self.groups[name]
        for side, word, wrong in (("max", "above max", desired > group["max"]), ("min", "below min", desired < group["min"])):
            if wrong:
                raise Wrong(f"New SetDesiredCapacity value {desired} is {word} value {group[side]} for the AutoScalingGroup.")
        group["desired"] = desired
        self.settle(name)
        return None

    def TerminateInstanceInAutoScalingGroup(self, form):
        for name, machines in self.machines.items():
            for machine in machines:
                if machine["id"] != form["InstanceId"]:
                    continue
                # AWS's own promise for a second time is not written down: here it counts again.
                if form["ShouldDecrementDesiredCapacity"] == "true":
                    group = self.groups[name]
                    if group["desired"] <= group["min"]:
                        raise Wrong(f"Currently, desiredSize equals minSize ({group['min']}). Terminating instance without replacement will "
                                    "violate group's min size constraint.")
                    group["desired"] -= 1
                self.end(name, machine)
                self.settle(name)
                done = next(a for a in self.activities if "Terminating" in a["description"])
                return "<Activity>" + self.inside(done) + "</Activity>"
        raise Wrong(f"Instance Id not found - No managed instance found for instance ID: {form['InstanceId']}")

    def DescribeScalingActivities(self, form):
        name = self.find(form)
        self.settle(name)  # AWS goes on trying
        rows = [a for a in self.activities if a["group"] == name][:int(form.get("MaxRecords", 100))]
        return "<Activities>" + members(f"<member>{self.inside(a)}</member>" for a in rows) + "</Activities>"

    def inside(self, a):
        return (f"<ActivityId>{a['id']}</ActivityId><AutoScalingGroupName>{a['group']}</AutoScalingGroupName>"
                f"<Description>{escape(a['description'])}</Description><Cause>At {stamp(a['at'])} a user request</Cause>"
                f"<StartTime>{stamp(a['at'])}</StartTime><StatusCode>{a['status']}</StatusCode>"
                f"<StatusMessage>{escape(a['message'])}</StatusMessage><Progress>50</Progress><Details>{{}}</Details>")

    def DescribeInstances(self, form):
        """EC2's: on demand or spot."""
        asked = [v for k, v in form.items() if k.startswith("InstanceId.")]
        found = [m for machines in self.machines.values() for m in machines if m["id"] in asked]
        if len(found) < len(asked):
            raise Wrong("The instance IDs do not exist", "InvalidInstanceID.NotFound")
        return "<reservationSet>" + "".join(
            f"<item><reservationId>r-1</reservationId><ownerId>1</ownerId><instancesSet><item><instanceId>{m['id']}</instanceId>"
            f"<instanceType>{m['type']}</instanceType><launchTime>{stamp(m['launched'])}</launchTime>"
            f"<placement><availabilityZone>{m['zone']}</availabilityZone></placement>"
            + ("<instanceLifecycle>spot</instanceLifecycle>" if m["spot"] else "") + "</item></instancesSet></item>" for m in found) + "</reservationSet>"
