"""Breaks the template in the ways that linters don't see, and asks that the check which is there for it says so."""

import pytest

from tests.deploy import checks
from tests.deploy.cloudformation import Template, Unresolvable
from tests.deploy.conftest import Build
from tests.deploy.defects import (
    Defect,
    Mutate,
    append,
    assert_caught,
    broken,
    drop,
    put,
    resource,
    spell,
    variable,
)

CONTAINER = "TaskDefinition/ContainerDefinitions/0"
ROLE = "TaskRole/Policies/0/PolicyDocument/Statement"
TRUST = "AssumeRolePolicyDocument/Statement/0"
POLICY = "PictureBucketPolicy/PolicyDocument/Statement"
CORS = "PictureBucket/CorsConfiguration/CorsRules/0"
RULES = "PictureBucket/LifecycleConfiguration/Rules"
CDN = "Distribution/DistributionConfig"
UPLOADS = f"{CDN}/CacheBehaviors/1"
PICTURE_SECURITY = "PictureHeaders/ResponseHeadersPolicyConfig/SecurityHeadersConfig"
PAGE_SECURITY = "PageHeaders/ResponseHeadersPolicyConfig/SecurityHeadersConfig"
IMAGES = "Repository/LifecyclePolicy/LifecyclePolicyText"
LOADBALANCER_IN = "LoadBalancerGroup/SecurityGroupIngress"

DEFECTS = [
    # Network
    Defect("task port one off", checks.requests_reach_the_tasks, put("TaskIngress/FromPort", 8001)),
    Defect("listener nobody may reach", checks.requests_reach_the_tasks, put("Listener/Port", 8080)),
    Defect("task listens on loopback", checks.requests_reach_the_tasks, variable("HOST", "127.0.0.1")),
    Defect(
        "tasks open to the world",
        checks.tasks_are_reached_from_the_load_balancer_alone,
        put("TaskGroup/SecurityGroupIngress", [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "::/0"}]),
    ),
    Defect(
        "tasks open by a rule apart",
        checks.tasks_are_reached_from_the_load_balancer_alone,
        resource(
            "Debug",
            "AWS::EC2::SecurityGroupIngress",
            {"GroupId": {"Fn::GetAtt": ["TaskGroup", "GroupId"]}, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
        ),
    ),
    Defect(
        "tasks in the load balancer's group",
        checks.tasks_are_reached_from_the_load_balancer_alone,
        spell("Service/NetworkConfiguration", "TaskGroup", "LoadBalancerGroup"),
    ),
    Defect(
        "public load balancer open to the world",
        checks.load_balancer_is_reached_from_cloudfront_alone,
        put(f"{LOADBALANCER_IN}/0", {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"}),
        "public load balancer",
    ),
    Defect(
        "every port of the load balancer",
        checks.load_balancer_is_reached_from_cloudfront_alone,
        put(f"{LOADBALANCER_IN}/0/ToPort", 65535),
    ),
    Defect(
        "internal load balancer on the internet",
        checks.load_balancer_is_reached_from_cloudfront_alone,
        put("Alb/Scheme", "internet-facing"),
    ),
    Defect(
        "private subnet with a way to the internet",
        checks.load_balancer_is_reached_from_cloudfront_alone,
        spell("PublicRoutesA", "PublicSubnetA", "PrivateSubnetA"),
    ),
    Defect(
        "public load balancer for every distribution",
        checks.load_balancer_serves_our_distribution_alone,
        put("Listener/DefaultActions", [{"Type": "forward", "TargetGroupArn": {"Ref": "TargetGroup"}}]),
        "public load balancer",
    ),
    Defect(
        "secret header under another name",
        checks.load_balancer_serves_our_distribution_alone,
        spell("OriginRule/Conditions", "X-Origin-Secret", "X-Origin"),
        "public load balancer",
    ),
    Defect(
        "public load balancer without TLS",
        checks.no_token_crosses_the_internet_in_plain_text,
        put("Listener/Protocol", "HTTP"),
        "public load balancer",
    ),
    Defect(
        "public load balancer by old TLS",
        checks.no_token_crosses_the_internet_in_plain_text,
        spell("Listener/SslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-2016-08"),
        "public load balancer",
    ),
    Defect(
        "CloudFront sends in plain text",
        checks.no_token_crosses_the_internet_in_plain_text,
        spell(f"{CDN}/Origins/0/CustomOriginConfig", "https-only", "match-viewer"),
        "public load balancer",
    ),
    Defect(
        "a second door without TLS",
        checks.no_token_crosses_the_internet_in_plain_text,
        resource(
            "PlainListener",
            "AWS::ElasticLoadBalancingV2::Listener",
            {"LoadBalancerArn": {"Ref": "Alb"}, "Protocol": "HTTP", "Port": 80, "DefaultActions": []},
        ),
        "public load balancer",
    ),
    Defect(
        "a name that its certificate does not cover",
        checks.no_token_crosses_the_internet_in_plain_text,
        put(f"{CDN}/Origins/0/DomainName", {"Fn::GetAtt": ["Alb", "DNSName"]}),
        "domain with DNS elsewhere",
    ),
    Defect(
        "load balancer on the internet and spoken to as if it were not",
        checks.no_token_crosses_the_internet_in_plain_text,
        put("Alb/Scheme", "internet-facing"),
    ),
    Defect(
        "load balancer may send anywhere",
        checks.groups_let_out_what_is_needed,
        drop("LoadBalancerGroup/SecurityGroupEgress/0/DestinationSecurityGroupId"),
    ),
    Defect("tasks may send anything", checks.groups_let_out_what_is_needed, put("TaskGroup/SecurityGroupEgress", [])),
    Defect(
        "tasks without a way to ECR",
        checks.tasks_reach_aws_without_nat,
        put("Service/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp", "DISABLED"),
    ),
    Defect(
        "tasks in the private subnets",
        checks.tasks_reach_aws_without_nat,
        spell("Service/NetworkConfiguration", "PublicSubnet", "PrivateSubnet"),
    ),
    Defect(
        "both subnets in one zone",
        checks.tasks_reach_aws_without_nat,
        put("PublicSubnetB/AvailabilityZone", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
    ),
    # Time-outs and stopping
    Defect(
        "keep-alive below the idle time",
        checks.nobody_sends_into_a_closing_connection,
        put("Alb/LoadBalancerAttributes/0/Value", "75"),
    ),
    Defect(
        "CloudFront keeps connections longer",
        checks.nobody_sends_into_a_closing_connection,
        put(f"{CDN}/Origins/0/VpcOriginConfig/Fn::If/1/OriginKeepaliveTimeout", 60),
    ),
    Defect(
        "CloudFront gives up before gunicorn",
        checks.time_outs_are_a_chain,
        put(f"{CDN}/Origins/0/VpcOriginConfig/Fn::If/1/OriginReadTimeout", 15),
    ),
    Defect(
        "the same with a public load balancer",
        checks.time_outs_are_a_chain,
        put(f"{CDN}/Origins/0/CustomOriginConfig/Fn::If/2/OriginReadTimeout", 60),
        "public load balancer",
    ),
    Defect(
        "killed before gunicorn has finished",
        checks.tasks_stop_without_losing_a_request,
        put(f"{CONTAINER}/StopTimeout", 25),
    ),
    Defect(
        "draining longer than gunicorn lives",
        checks.tasks_stop_without_losing_a_request,
        put("TargetGroup/TargetGroupAttributes/0/Value", "300"),
    ),
    Defect(
        "health at a path that is not there",
        checks.health_is_asked_where_it_is_answered,
        put("TargetGroup/HealthCheckPath", "/version"),
    ),
    Defect(
        "health depends on the store",
        checks.health_is_asked_where_it_is_answered,
        put("TargetGroup/HealthCheckPath", "/health/ready"),
    ),
    Defect(
        "container asks another port",
        checks.health_is_asked_where_it_is_answered,
        spell(f"{CONTAINER}/HealthCheck", ":8000", ":80"),
    ),
    # The task
    Defect(
        "root file system writable", checks.container_is_confined, put(f"{CONTAINER}/ReadonlyRootFilesystem", False)
    ),
    Defect("runs as root", checks.container_is_confined, put(f"{CONTAINER}/User", "0:0")),
    Defect("keeps capabilities", checks.container_is_confined, drop(f"{CONTAINER}/LinuxParameters/Capabilities/Drop")),
    Defect(
        "a setting that is none",
        checks.environment_is_the_configuration,
        append(f"{CONTAINER}/Environment", {"Name": "MAX_UPLOAD_SIZE", "Value": "1"}),
    ),
    Defect("bucket left out", checks.environment_is_the_configuration, variable("S3_BUCKET", None)),
    Defect("region fixed", checks.environment_is_the_configuration, variable("AWS_REGION", "us-west-2")),
    Defect(
        "empty CORS_ORIGINS",
        checks.environment_is_the_configuration,
        append(f"{CONTAINER}/Environment", {"Name": "CORS_ORIGINS", "Value": ""}),
    ),
    Defect("limit not passed on", checks.environment_is_the_configuration, variable("MAX_PIXELS", None), "limits"),
    Defect(
        "location not passed on",
        checks.environment_is_the_configuration,
        variable("REJECT_LOCATION", None),
        "private instance",
    ),
    Defect("CloudFront not counted", checks.proxies_are_counted, variable("TRUSTED_PROXIES", "1")),
    Defect("a hop too many", checks.proxies_are_counted, variable("TRUSTED_PROXIES", "3")),
    Defect(
        "load balancer adds no hop", checks.proxies_are_counted, put("Alb/LoadBalancerAttributes/2/Value", "preserve")
    ),
    Defect("key in plain sight", checks.secrets_come_from_secrets_manager, variable("SECRET_KEY", "k" * 40)),
    Defect(
        "key too short",
        checks.secrets_come_from_secrets_manager,
        put("SecretKey/GenerateSecretString/PasswordLength", 16),
    ),
    Defect(
        "key dies with the stack",
        checks.secrets_come_from_secrets_manager,
        put("SecretKey/DeletionPolicy", "Delete"),
    ),
    Defect("logs for people", checks.logs_are_searchable_and_expire, variable("LOG_FORMAT", None)),
    Defect("logs for ever", checks.logs_are_searchable_and_expire, drop("LogGroup/RetentionInDays")),
    Defect(
        "no way back from a bad image",
        checks.deployments_roll_back,
        put("Service/DeploymentConfiguration/DeploymentCircuitBreaker/Rollback", False),
    ),
    Defect(
        "one image kept", checks.images_to_go_back_to_are_kept, spell(IMAGES, '"countNumber": 20', '"countNumber": 1')
    ),
    Defect(
        "images go by age, the one that runs too",
        checks.images_to_go_back_to_are_kept,
        spell(IMAGES, '"imageCountMoreThan"', '"sinceImagePushed", "countUnit": "days"'),
    ),
    Defect(
        "the rule for lost tags is one for all",
        checks.images_to_go_back_to_are_kept,
        spell(IMAGES, '"tagStatus": "untagged"', '"tagStatus": "any"'),
    ),
    Defect(
        "ended before it has started",
        checks.tasks_have_time_to_start,
        put("Service/HealthCheckGracePeriodSeconds", 0),
    ),
    Defect("no word of grace", checks.tasks_have_time_to_start, drop("Service/HealthCheckGracePeriodSeconds")),
    Defect("tags may move", checks.deployments_roll_back, put("Repository/ImageTagMutability", "MUTABLE")),
    Defect("never scales in time", checks.tasks_scale_with_their_load, spell("ScalingByCpu", "60", "95")),
    Defect("deploy undoes scaling", checks.tasks_scale_with_their_load, put("Service/DesiredCount", 1)),
    Defect("alarms by mail to nobody", checks.alarms_tell_somebody, drop("AlarmTopic/Subscription/0"), "watched"),
    Defect("an alarm tells nobody", checks.alarms_tell_somebody, drop("SlowAlarm/AlarmActions"), "watched"),
    # Roles
    Defect(
        "no PutObject on incoming/",
        checks.task_role_allows_every_call,
        drop(f"{ROLE}/0/Resource/0"),
    ),
    Defect("prefix one letter off", checks.task_role_allows_every_call, spell(ROLE, "/uploads/", "/upload/")),
    Defect("wrong action", checks.task_role_allows_every_call, spell(ROLE, "s3:GetObject", "s3:GetObjectVersion")),
    Defect("no ListBucket", checks.task_role_allows_every_call, drop(f"{ROLE}/1")),
    Defect("everything of S3", checks.task_role_allows_nothing_more, put(f"{ROLE}/0/Action", "s3:*")),
    Defect(
        "one action too many",
        checks.task_role_allows_nothing_more,
        append(f"{ROLE}/0/Action", "s3:PutObjectAcl"),
    ),
    Defect(
        "the whole bucket",
        checks.task_role_allows_nothing_more,
        spell(ROLE, "/incoming/*", "/*"),
    ),
    Defect("prefix without its slash", checks.task_role_allows_nothing_more, spell(ROLE, "/uploads/*", "/uploads*")),
    Defect("ListBucket on every bucket", checks.task_role_allows_nothing_more, put(f"{ROLE}/1/Resource", "*")),
    Defect("task role for any account", checks.roles_are_taken_by_our_tasks_alone, drop(f"TaskRole/{TRUST}/Condition")),
    Defect(
        "task role without SourceAccount",
        checks.roles_are_taken_by_our_tasks_alone,
        drop(f"TaskRole/{TRUST}/Condition/StringEquals"),
    ),
    Defect(
        "execution role without SourceArn",
        checks.roles_are_taken_by_our_tasks_alone,
        drop(f"ExecutionRole/{TRUST}/Condition/ArnLike"),
    ),
    Defect(
        "roles exchanged",
        checks.roles_are_taken_by_our_tasks_alone,
        spell("TaskDefinition/TaskRoleArn", "TaskRole", "ExecutionRole"),
    ),
    Defect(
        "every secret readable",
        checks.execution_role_starts_the_task_and_no_more,
        put("ExecutionRole/Policies/0/PolicyDocument/Statement/3/Resource", "*"),
    ),
    Defect(
        "key not readable",
        checks.execution_role_starts_the_task_and_no_more,
        drop("ExecutionRole/Policies/0/PolicyDocument/Statement/3/Resource/0"),
    ),
    # The buckets
    Defect(
        "versioning on",
        checks.picture_bucket_is_kept_and_plain,
        put("PictureBucket/VersioningConfiguration", {"Status": "Enabled"}),
    ),
    Defect(
        "pictures die with the stack",
        checks.picture_bucket_is_kept_and_plain,
        put("PictureBucket/DeletionPolicy", "Delete"),
    ),
    Defect(
        "a failed creation leaves the bucket's name taken",
        checks.picture_bucket_is_kept_and_plain,
        put("PictureBucket/DeletionPolicy", "Retain"),
    ),
    Defect("ACLs on", checks.picture_bucket_is_kept_and_plain, drop("PictureBucket/OwnershipControls")),
    Defect("expiry a day off", checks.pictures_expire_as_promised, put(f"{RULES}/2/ExpirationInDays", 8)),
    Defect("expiry of every picture", checks.pictures_expire_as_promised, put(f"{RULES}/1/Prefix", "uploads/")),
    Defect("staged pictures stay", checks.pictures_expire_as_promised, put(f"{RULES}/0/Status", "Disabled")),
    Defect("multipart only under incoming/", checks.pictures_expire_as_promised, put(f"{RULES}/4/Prefix", "incoming/")),
    Defect("CORS header missing", checks.browsers_may_upload, drop(f"{CORS}/AllowedHeaders/1")),
    Defect("CORS method missing", checks.browsers_may_upload, drop(f"{CORS}/AllowedMethods/0")),
    Defect("CORS for everybody", checks.browsers_may_upload, put(f"{CORS}/AllowedOrigins", ["*"])),
    Defect("CORS by http", checks.browsers_may_upload, spell(f"{CORS}/AllowedOrigins", "https://", "http://")),
    Defect(
        "CORS without the other sites",
        checks.browsers_may_upload,
        put(f"{CORS}/AllowedOrigins", {"Fn::Split": [",", {"Fn::Sub": "https://${Distribution.DomainName}"}]}),
        "private instance",
    ),
    Defect("ETag hidden", checks.browsers_may_upload, drop(f"{CORS}/ExposedHeaders/0")),
    Defect(
        "any distribution reads",
        checks.cloudfront_reads_published_pictures_alone,
        drop(f"{POLICY}/2/Condition"),
    ),
    Defect(
        "staged pictures readable",
        checks.cloudfront_reads_published_pictures_alone,
        spell(f"{POLICY}/2", "/uploads/*", "/*"),
    ),
    Defect(
        "CloudFront may list",
        checks.cloudfront_reads_published_pictures_alone,
        put(f"{POLICY}/2/Resource", {"Fn::GetAtt": ["PictureBucket", "Arn"]}),
    ),
    Defect(
        "block flags off with OAC",
        checks.pictures_are_as_public_as_asked,
        put("PictureBucket/PublicAccessBlockConfiguration/RestrictPublicBuckets", False),
    ),
    Defect(
        "block flags on with public-read",
        checks.pictures_are_as_public_as_asked,
        put("PictureBucket/PublicAccessBlockConfiguration/BlockPublicPolicy", True),
        "public-read",
    ),
    Defect(
        "public whatever was asked",
        checks.pictures_are_as_public_as_asked,
        spell(f"{POLICY}/3", "IsPublicRead", "HasImage"),
    ),
    Defect(
        "staged pictures public",
        checks.pictures_are_as_public_as_asked,
        spell(f"{POLICY}/3", "/uploads/*", "/*"),
        "public-read",
    ),
    Defect("plain http", checks.plain_http_is_refused, drop(f"{POLICY}/0")),
    Defect(
        "plain http to the bucket itself",
        checks.plain_http_is_refused,
        drop(f"{POLICY}/0/Resource/0"),
    ),
    Defect("signatures of a week", checks.old_signatures_are_refused, drop(f"{POLICY}/1")),
    Defect("signature age in seconds", checks.old_signatures_are_refused, spell(f"{POLICY}/1", "600000", "600")),
    # CloudFront
    Defect(
        "API cached",
        checks.api_is_passed_on_whole,
        spell(UPLOADS, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea-f89d-4fab-a63d-7e88639e58f6"),
    ),
    Defect("no POST", checks.api_is_passed_on_whole, put(f"{UPLOADS}/AllowedMethods", ["GET", "HEAD", "OPTIONS"])),
    Defect("a route of the API is the page", checks.api_is_passed_on_whole, drop(f"{CDN}/CacheBehaviors/3")),
    Defect("pattern too narrow", checks.api_is_passed_on_whole, put(f"{CDN}/CacheBehaviors/2/PathPattern", "/health")),
    Defect("headers not passed on", checks.api_is_passed_on_whole, drop(f"{UPLOADS}/OriginRequestPolicyId")),
    Defect(
        "404 of the API becomes the page",
        checks.api_is_passed_on_whole,
        put(
            f"{CDN}/CustomErrorResponses", [{"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/index.html"}]
        ),
    ),
    Defect(
        "/delete not found", checks.page_is_every_other_path, drop(f"{CDN}/DefaultCacheBehavior/FunctionAssociations/0")
    ),
    Defect(
        "assets become the page",
        checks.page_is_every_other_path,
        spell("PageFunction/FunctionCode", "!request.uri.split('/').pop().includes('.')", "true"),
    ),
    Defect("page sent as it is", checks.page_is_every_other_path, put(f"{CDN}/DefaultCacheBehavior/Compress", False)),
    Defect(
        "function maps to another prefix",
        checks.links_lead_to_their_pictures,
        spell("PictureFunction/FunctionCode", "'/uploads/'", "'/incoming/'"),
    ),
    Defect(
        "function forgets an expiry",
        checks.links_lead_to_their_pictures,
        spell("PictureFunction/FunctionCode", r"|30d\/", ""),
    ),
    Defect(
        "sweep of another command",
        checks.deleted_pictures_are_swept_every_hour,
        spell("Sweep/Target/Input", "expire", "expires"),
    ),
    Defect(
        "sweep that may not start its task",
        checks.deleted_pictures_are_swept_every_hour,
        spell("SweepRole/Policies/0/PolicyDocument/Statement/1", "ExecutionRole", "Repository"),
    ),
    Defect(
        "sweep without a way to S3",
        checks.deleted_pictures_are_swept_every_hour,
        drop("Sweep/Target/EcsParameters/NetworkConfiguration"),
    ),
    Defect(
        "sweep that anybody's schedule may start",
        checks.deleted_pictures_are_swept_every_hour,
        drop("SweepRole/AssumeRolePolicyDocument/Statement/0/Condition"),
    ),
    Defect(
        "function forgets a type",
        checks.links_lead_to_their_pictures,
        spell("PictureFunction/FunctionCode", "|avif", ""),
    ),
    Defect(
        "links under another path", checks.links_lead_to_their_pictures, spell(f"{CONTAINER}/Environment", "/i", "/img")
    ),
    Defect(
        "links name the closed bucket",
        checks.links_lead_to_their_pictures,
        variable("PUBLIC_BASE_URL", None),
    ),
    Defect(
        "public links without uploads/",
        checks.links_lead_to_their_pictures,
        spell(f"{CONTAINER}/Environment", ".com/uploads", ".com"),
        "public-read",
    ),
    Defect(
        "function not attached",
        checks.nothing_but_pictures_leaves,
        put(f"{CDN}/CacheBehaviors/0/FunctionAssociations", []),
    ),
    Defect(
        "HTML gets through",
        checks.nothing_but_pictures_leaves,
        spell("PictureFunction/FunctionCode", "jpg|", "jpg|html|"),
    ),
    Defect(
        "SVG gets through",
        checks.nothing_but_pictures_leaves,
        spell("PictureFunction/FunctionCode", "jpg|", "jpg|svg|"),
    ),
    Defect(
        "pattern without its end",
        checks.nothing_but_pictures_leaves,
        spell("PictureFunction/FunctionCode", ")$/", ")/"),
    ),
    Defect(
        "a week at the edge",
        checks.pictures_are_cached_for_a_day,
        put("PictureCache/CachePolicyConfig/MaxTTL", 604800),
    ),
    Defect(
        "each query its own copy",
        checks.pictures_are_cached_for_a_day,
        put(
            "PictureCache/CachePolicyConfig/ParametersInCacheKeyAndForwardedToOrigin/QueryStringsConfig",
            {"QueryStringBehavior": "all"},
        ),
    ),
    Defect(
        "another bucket's name",
        checks.buckets_are_read_with_our_signature,
        spell(f"{CDN}/Origins/1/DomainName", "-pictures-", "-images-"),
    ),
    Defect(
        "unsigned reads",
        checks.buckets_are_read_with_our_signature,
        put("BucketAccess/OriginAccessControlConfig/SigningBehavior", "never"),
    ),
    Defect("pictures sniffed", checks.pictures_run_nothing, drop(f"{PICTURE_SECURITY}/ContentTypeOptions")),
    Defect("pictures not in a sandbox", checks.pictures_run_nothing, spell(PICTURE_SECURITY, "; sandbox", "")),
    Defect(
        "store decides on the headers",
        checks.pictures_run_nothing,
        put(f"{PICTURE_SECURITY}/ContentSecurityPolicy/Override", False),
    ),
    Defect(
        "page lets scripts in",
        checks.page_sends_the_headers_of_the_service,
        spell(PAGE_SECURITY, "script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    ),
    Defect(
        "page without COOP",
        checks.page_sends_the_headers_of_the_service,
        drop("PageHeaders/ResponseHeadersPolicyConfig/CustomHeadersConfig/Items/0"),
    ),
    Defect(
        "CSP without the store",
        checks.page_may_reach_the_store,
        spell(PAGE_SECURITY, "connect-src 'self' ${Store}", "connect-src 'self'"),
    ),
    Defect(
        "CSP with the global host",
        checks.page_may_reach_the_store,
        spell(PAGE_SECURITY, ".s3.${AWS::Region}.", ".s3."),
        "public-read",
    ),
    Defect(
        "old TLS",
        checks.transport_is_encrypted,
        spell(f"{CDN}/ViewerCertificate", "TLSv1.2_2021", "TLSv1"),
        "own domain",
    ),
    Defect(
        "plain http to the API",
        checks.transport_is_encrypted,
        put(f"{UPLOADS}/ViewerProtocolPolicy", "allow-all"),
    ),
    Defect(
        "API without HSTS",
        checks.transport_is_encrypted,
        put("ApiHeaders/ResponseHeadersPolicyConfig/SecurityHeadersConfig", {}),
    ),
    Defect(
        "hosts of the service without the load balancer's",
        checks.service_answers_to_the_host_that_cloudfront_sends,
        variable("ALLOWED_HOSTS", None),
    ),
    Defect(
        "hosts of the service without the name of a public load balancer",
        checks.service_answers_to_the_host_that_cloudfront_sends,
        variable("ALLOWED_HOSTS", {"Fn::GetAtt": ["Alb", "DNSName"]}),
        "public load balancer",
    ),
    Defect(
        "health check of what asks for a host",
        checks.service_answers_to_the_host_that_cloudfront_sends,
        put("TargetGroup/HealthCheckPath", "/version"),
    ),
    Defect(
        "delete links to the generated name",
        checks.addresses_agree,
        variable("SITE_URL", {"Fn::Sub": "https://${Distribution.DomainName}"}),
        "own domain",
    ),
    Defect("web ACL attached to nothing", checks.uploads_are_limited_where_asked, drop(f"{CDN}/WebACLId"), "watched"),
]

#: What CloudFormation itself would refuse, in the variant named.
UNRESOLVABLE = [
    (
        "bucket and distribution name each other",
        put(f"{CDN}/Origins/1/DomainName", {"Fn::GetAtt": ["PictureBucket", "RegionalDomainName"]}),
        "defaults",
    ),
    ("scaling of a service that is not there", drop("Scaling/Condition"), "first deploy"),
    ("alarm on a service that is not there", drop("CpuAlarm/Condition"), "first deploy"),
    (
        "origin that is not there",
        put(f"{CDN}/Origins/0/VpcOriginConfig", {"VpcOriginId": {"Ref": "VpcOrigin"}}),
        "public load balancer",
    ),
    ("secret that is not there", put(f"{CONTAINER}/Secrets/0/ValueFrom", {"Ref": "Secret"}), "defaults"),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_defect_is_caught(defect: Defect, template: Template, build: Build) -> None:
    assert_caught(defect, template, build)


@pytest.mark.parametrize(
    ("name", "mutate", "variant"), UNRESOLVABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_unresolvable_is_refused(name: str, mutate: Mutate, variant: str, template: Template, build: Build) -> None:
    build(template, variant)
    with pytest.raises(Unresolvable):
        build(broken(template, mutate), variant)


def test_every_check_can_fail() -> None:
    assert {defect.check for defect in DEFECTS} == set(checks.ALL)
    names = [defect.name for defect in DEFECTS]
    assert len(names) == len(set(names))
