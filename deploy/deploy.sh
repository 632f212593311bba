#!/usr/bin/env bash
# From an empty account to a running stack, and the same command for every later release. docs/deployment.md explains.
# Plain enough for the bash 3.2 of macOS.
set -euo pipefail

usage() {
  cat <<'END'
Usage: deploy/deploy.sh [OPTION…] [PARAMETER=VALUE…]

Makes or updates the stack, pushes the image of this commit, and puts the page in its bucket. Run it again as often as
you like: what is done already is left alone.

  --stack NAME       name of the stack (STACK; image-host)
  --region REGION    where (AWS_REGION, AWS_DEFAULT_REGION or the profile's)
  --parameters FILE  parameters of the template, PARAMETER=VALUE a line; those on the command line win.
                     What is not named keeps the value it has in the stack.
  --api-only         stack and image, no page
  --page-only        the page, no stack and no image
  --build-only DIR   build image and page into DIR; asks AWS for nothing and needs no credentials
  --built DIR        deploy what --build-only put into DIR, and build nothing: what others wrote runs only where there
                     are no credentials
  --engine NAME      docker, podman or buildah (ENGINE; the first that is there)
  --role-arn ARN     a role for CloudFormation to work with (CFN_ROLE_ARN)
  --template FILE    another template (TEMPLATE; deploy/cloudformation.yaml)
  --dry-run          print each command that would change something, and change nothing
  -h, --help         this

ImageUri=REPOSITORY:TAG builds nothing and runs that image: so an older one is brought back.
AWS_ENDPOINT_URL stands in for AWS. SMOKE_URL is where the site is asked afterwards, in place of its CloudFront name,
and SMOKE_SECONDS for how long (300).
END
}

root=$(cd "$(dirname "$0")/.." && pwd)
stack=${STACK:-image-host}
template=${TEMPLATE:-$root/deploy/cloudformation.yaml}
engine=${ENGINE:-}
role=${CFN_ROLE_ARN:-}
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
parameters_file=
given=()
api=yes
page=yes
build_only=
built=
dry_run=
step=

say() { printf '%s\n' "$*"; }
begin() {
  step=$1
  say "==> $1"
}
fail() {
  printf 'deploy: %s\n' "$*" >&2
  step=
  exit 1
}
there=
stopped() {
  status=$?
  [ -z "$there" ] || rm -rf "$there"
  if [ "$status" != 0 ] && [ -n "$step" ]; then
    printf 'deploy: stopped at "%s"; the steps before it are done. Mend it and run the same command again.\n' "$step" >&2
  fi
}
trap stopped EXIT

# Whatever changes something goes through here.
run() {
  if [ -n "$dry_run" ]; then
    printf '    would run:'
    printf ' %q' "$@"
    printf '\n'
  else
    "$@"
  fi
}

value() {
  if [ $# -lt 2 ] || [ -z "$2" ]; then fail "$1 needs a value; --help lists the options"; fi
  printf '%s' "$2"
}

while [ $# -gt 0 ]; do
  case $1 in
    --stack) stack=$(value "$@"); shift ;;
    --region) region=$(value "$@"); shift ;;
    --parameters) parameters_file=$(value "$@"); shift ;;
    --template) template=$(value "$@"); shift ;;
    --engine) engine=$(value "$@"); shift ;;
    --role-arn) role=$(value "$@"); shift ;;
    --api-only) page= ;;
    --page-only) api= ;;
    --build-only) build_only=$(value "$@"); shift ;;
    --built) built=$(value "$@"); shift ;;
    --dry-run) dry_run=yes ;;
    -h | --help) usage; exit ;;
    -*) fail "no option $1; --help lists them" ;;
    [A-Za-z]*=*) given+=("$1") ;;
    *) fail "$1 is neither an option nor PARAMETER=VALUE; --help lists the options" ;;
  esac
  shift
done
[ -n "$api$page" ] || fail "--api-only and --page-only leave nothing to do: give one of them"

[ -z "$build_only" ] || [ -z "$built" ] || fail "--build-only and --built are two steps: give one of them"

# --- What is missing, before anything is changed -----------------------------------------------------------------

absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$PWD/$1" ;; esac; }
[ -f "$template" ] || fail "no template at $template"
template=$(cd "$(dirname "$template")" && pwd)/$(basename "$template")
known=$(sed -n '/^Parameters:/,/^[A-Z]/s/^  \([A-Za-z0-9]*\):.*/\1/p' "$template")

if [ -n "$parameters_file" ]; then
  [ -f "$parameters_file" ] || fail "no parameters file $parameters_file"
  from_file=()
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      '' | '#'*) ;;
      [A-Za-z]*=*) from_file+=("$line") ;;
      *) fail "$parameters_file: \"$line\" is not PARAMETER=VALUE" ;;
    esac
  done <"$parameters_file"
  # The command line last, for the last one wins.
  given=(${from_file[@]+"${from_file[@]}"} ${given[@]+"${given[@]}"})
fi
for parameter in ${given[@]+"${given[@]}"}; do
  # The AWS CLI would pass over it in silence.
  grep -qx "${parameter%%=*}" <<<"$known" || fail "the template has no parameter ${parameter%%=*}"
done
parameter() {
  found=
  for each in ${given[@]+"${given[@]}"}; do
    if [ "${each%%=*}" = "$1" ]; then found=${each#*=}; fi
  done
  printf '%s' "$found"
}
image=$(parameter ImageUri)

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need git "git, which names what is deployed"
if [ -z "$build_only" ]; then
  need aws "aws, the AWS CLI (pip install awscli)"
  need curl "curl, which asks the site afterwards"
fi
if [ -n "$page" ] && [ -z "$built" ]; then
  need node "node, 20.19 or newer, which builds the page"
  need npm "npm, which builds the page"
  if command -v node >/dev/null; then
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)' ||
      missing+=("node 20.19 or newer; this is $(node --version)")
  fi
fi
if [ -n "$api" ] && [ -z "$image" ]; then
  if [ -z "$engine" ]; then
    for each in docker podman buildah; do
      if command -v $each >/dev/null; then engine=$each && break; fi
    done
  fi
  if [ -z "$engine" ]; then
    missing+=("docker, podman or buildah, one of which builds the image")
  elif ! command -v "$engine" >/dev/null; then
    missing+=("$engine, which is to build the image")
  elif ! "$engine" info >/dev/null 2>&1; then
    missing+=("a running $engine: \"$engine info\" fails")
  elif [ -n "$build_only$built" ] && ! "$engine" save --help >/dev/null 2>&1; then
    missing+=("docker or podman: $engine can't save an image to a file")
  fi
fi
if [ ${#missing[@]} -gt 0 ]; then
  fail "missing on this machine:$(printf '\n  - %s' "${missing[@]}")"
fi

# Folders are named from where the command was given.
[ -z "$build_only" ] || build_only=$(absolute "$build_only")
[ -z "$built" ] || built=$(absolute "$built")
cd "$root"
version=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' config.py)
commit=$(git rev-parse --short=12 HEAD) || fail "no git commit here, which the image would be named after"
if [ -n "$(git status --porcelain)" ]; then
  # A name of its own for what no commit holds: under the commit's it would pass for built.
  changes=$({ git diff --binary HEAD && git ls-files --others --exclude-standard | git hash-object --stdin-paths; } |
    git hash-object --stdin | cut -c 1-8)
  commit=$commit-dirty-$changes
  say "Warning: there are changes that are not committed; they are deployed too, as $commit." >&2
fi

platform() { case $1 in ARM64*) echo linux/arm64 ;; *) echo linux/amd64 ;; esac; }

# --- Building ----------------------------------------------------------------------------------------------------

build_image() { # TAG PLATFORM
  # Without the page, which CloudFront serves. No attestations: ECR's basic scan doesn't look into an index.
  BUILDX_NO_DEFAULT_ATTESTATIONS=1 run "$engine" build --platform "$2" --target api --tag "$1" \
    --build-arg "VERSION=$version" --build-arg "COMMIT=$commit" .
}

# In a shell of its own, which forgets the credentials: npm runs what others wrote.
build_page() (
  for name in $(compgen -e AWS_); do unset "$name"; done
  run npm --prefix frontend --silent ci
  run npm --prefix frontend --silent run build -- --logLevel warn
)

# What an archive calls the image, before a repository is known.
local_image=image-host:$version-$commit

if [ -n "$build_only" ]; then
  if [ -e "$build_only" ]; then fail "$build_only is there already: name a folder that is not"; fi
  run mkdir -p "$build_only"
  if [ -n "$api" ]; then
    begin "Image: build"
    build_image "$local_image" "$(platform "$(parameter CpuArchitecture)")"
    run "$engine" save --output "$build_only/image.tar" "$local_image"
  fi
  if [ -n "$page" ]; then
    begin "Page: build"
    build_page
    run cp -R frontend/dist "$build_only/page"
  fi
  say "Built $version ($commit); next: deploy/deploy.sh --built $build_only"
  step=
  exit
fi

dist=frontend/dist
if [ -n "$built" ]; then
  dist=$built/page
  # A link, of either kind, would let whoever built it choose a file of this machine, to be shown to everybody.
  odd=$(find "$built" ! -type d ! \( -type f -links 1 \)) || fail "no folder $built, as --build-only makes it"
  [ -z "$odd" ] || fail "$built holds what is no file of its own: $odd"
  [ -z "$page" ] || [ -f "$dist/index.html" ] || fail "$built holds no page: build it without --api-only"
  [ -z "$api" ] || [ -n "$image" ] || [ -f "$built/image.tar" ] || fail "$built holds no image: build it without --page-only"
fi

# --- The account -------------------------------------------------------------------------------------------------

if [ -z "$region" ]; then region=$(aws configure get region || true); fi
[ -n "$region" ] || fail "no region: give --region or set AWS_REGION"
# Version 1 of the CLI reads the one, version 2 the other.
export AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_PAGER=
account=$(aws sts get-caller-identity --query Account --output text) ||
  fail "no working AWS credentials: sign in, or set AWS_PROFILE, and try \"aws sts get-caller-identity\""

# Its status, outputs and parameters, one a line and each after what it is: a call of the CLI takes a second.
describe() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text --query "Stacks[0].[[['status', StackStatus]], \
    Outputs[].['output', OutputKey, OutputValue], Parameters[].['parameter', ParameterKey, ParameterValue]]"
}
if ! described=$(describe 2>/dev/null); then
  # Asked again for the reason alone: on success the CLI may have warnings to give there.
  case $(describe 2>&1 || true) in
    *"does not exist"*) described=$(printf 'status\tNONE') ;;
    *) describe || fail "can't ask CloudFormation about the stack $stack" ;;
  esac
fi
status=$(awk -F '\t' '$1 == "status" { print $2 }' <<<"$described")
events="aws cloudformation describe-stack-events --stack-name $stack --region $region"
case $status in
  NONE | REVIEW_IN_PROGRESS) ;;
  *_IN_PROGRESS) fail "the stack $stack is being changed ($status): wait until that has ended" ;;
  ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
    fail "the stack $stack was never finished ($status) and can't be updated. See why: $events
Then remove it and run this again: aws cloudformation delete-stack --stack-name $stack --region $region" ;;
  UPDATE_ROLLBACK_FAILED)
    fail "the stack $stack is stuck. See why: $events
Mend that, then: aws cloudformation continue-update-rollback --stack-name $stack --region $region" ;;
esac
new=
case $status in NONE | REVIEW_IN_PROGRESS) new=yes ;; esac
[ -n "$api" ] || [ -z "$new" ] || fail "there is no stack $stack in $region to put a page in: run this without --page-only"

row() { awk -F '\t' -v kind="$1" -v key="$2" '$1 == kind && $2 == key { print $3 }' <<<"$described"; }
kept() { row parameter "$1"; }
output() {
  found=$(row output "$1")
  # There is none yet where a dry run makes no stack.
  if [ -z "$found" ] && [ -n "$dry_run" ]; then found="<$1>"; fi
  [ -n "$found" ] || fail "the stack $stack has no output $1"
  printf '%s' "$found"
}
say "Deploying $version ($commit) as stack $stack to account $account, $region${dry_run:+; a dry run, which changes nothing}"

# --- Stack and image ---------------------------------------------------------------------------------------------

# CloudFormation takes 51200 bytes directly, and our template from a bucket, which all stacks here share. Anybody could
# have made one of this name, and whoever changes a template between us and CloudFormation rules the account.
templates=image-host-templates-$account-$region
make_template_bucket() {
  aws s3api head-bucket --bucket "$templates" --expected-bucket-owner "$account" >/dev/null 2>&1 ||
    run aws s3 mb "s3://$templates" ||
    fail "can't make the bucket $templates, which hands the template to CloudFormation: does another account own it?"
}

deploy_stack() {
  if ! run aws cloudformation deploy --stack-name "$stack" --template-file "$template" --s3-bucket "$templates" \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset ${role:+--role-arn "$role"} \
    --parameter-overrides ${given[@]+"${given[@]}"} "$@"; then
    say "What failed, newest first:" >&2
    $events --query "StackEvents[?ends_with(ResourceStatus, 'FAILED')].[LogicalResourceId,ResourceStatusReason]" \
      --output text >&2 || true
    return 1
  fi
  [ -n "$dry_run" ] || described=$(describe)
}

push_image() {
  repository=$(output RepositoryUri)
  image=$repository:$version-$commit
  # A new stack has no repository to look in, where a dry run did not make it.
  if [ "$repository" != "<RepositoryUri>" ]; then
    if aws ecr describe-images --repository-name "${repository#*/}" --image-ids "imageTag=$version-$commit" \
      >/dev/null 2>&1; then
      say "    $image is there already"
      return
    fi
  fi
  wanted=$(platform "$(parameter CpuArchitecture)$(kept CpuArchitecture)")
  if [ -n "$built" ]; then
    run "$engine" load --input "$built/image.tar"
    if [ -z "$dry_run" ]; then
      found=linux/$("$engine" image inspect --format '{{.Architecture}}' "$local_image") ||
        fail "$built/image.tar holds no $local_image: it was built of another commit"
      [ "$found" = "$wanted" ] || fail "$built/image.tar is for $found, and the tasks are $wanted (CpuArchitecture)"
    fi
    run "$engine" tag "$local_image" "$image"
  else
    build_image "$image" "$wanted"
  fi
  if [ -n "$dry_run" ]; then
    say "    would run: aws ecr get-login-password | $engine login --username AWS --password-stdin ${repository%%/*}"
  else
    aws ecr get-login-password | "$engine" login --username AWS --password-stdin "${repository%%/*}" >/dev/null
  fi
  run "$engine" push "$image"
}

if [ -n "$api" ]; then
  make_template_bucket
  previous=$(kept ImageUri)
  if [ -z "$(parameter CloudFrontPrefixListId)$(kept CloudFrontPrefixListId)" ] &&
    grep -qx CloudFrontPrefixListId <<<"$known"; then
    name=com.amazonaws.global.cloudfront.origin-facing
    found=$(aws ec2 describe-managed-prefix-lists --filters "Name=prefix-list-name,Values=$name" \
      --query 'PrefixLists[0].PrefixListId' --output text) ||
      fail "can't look up the prefix list $name: give CloudFrontPrefixListId=pl-…"
    [ "$found" = None ] || given+=("CloudFrontPrefixListId=$found")
  fi
  if [ -n "$new" ]; then
    # Two stacks in one account must not share names. Later the stack keeps its own.
    if grep -qx Name <<<"$known" && [ -z "$(parameter Name)" ]; then given+=("Name=$stack"); fi
    if [ -z "$image" ]; then
      begin "Stack, without the service, for its image has no repository yet (5 to 15 minutes)"
      deploy_stack ImageUri=
    fi
  fi
  if [ -z "$image" ]; then
    begin "Image"
    push_image
  fi
  begin "Stack, with $image"
  deploy_stack "ImageUri=$image"
fi

# --- Page --------------------------------------------------------------------------------------------------------

is_new() { ! cmp -s "$there/$1" "$dist/$1"; }

if [ -n "$page" ]; then
  if [ -z "$built" ]; then
    begin "Page: build"
    build_page
  fi
  begin "Page: upload"
  bucket=$(output PageBucket)
  stale=()
  # What is there already, because only what differs is uploaded: a second run does nothing.
  there=$(mktemp -d)
  [ -n "$dry_run" ] || aws s3 sync --only-show-errors --exclude 'assets/*' "s3://$bucket" "$there"
  # Their names carry a hash of their content: the size is enough to tell. None is deleted, for pages that are open.
  # The compressed copies stay here: CloudFront compresses by itself.
  run aws s3 sync --only-show-errors --size-only --cache-control 'public, max-age=31536000, immutable' \
    --exclude '*.br' --exclude '*.gz' "$dist/assets" "s3://$bucket/assets"
  changed=()
  if [ -d "$dist" ]; then
    while IFS= read -r file; do
      if is_new "$file"; then changed+=(--include "$file") && stale+=("/$file"); fi
    done < <(cd "$dist" && find . -type f ! -path './assets/*' ! -path ./index.html ! -name '*.br' ! -name '*.gz' |
      sed 's|^\./||' | sort)
  fi
  if [ ${#changed[@]} -gt 0 ]; then
    run aws s3 cp --only-show-errors --cache-control no-cache --recursive --exclude '*' "${changed[@]}" \
      "$dist" "s3://$bucket"
  fi
  # Last: when it names an asset, the asset is there.
  if is_new index.html; then
    run aws s3 cp --only-show-errors --cache-control no-cache --content-type 'text/html; charset=utf-8' \
      "$dist/index.html" "s3://$bucket/index.html"
    stale+=(/index.html)
  fi
  if [ ${#stale[@]} -gt 0 ]; then
    begin "Page: invalidation"
    distribution=$(output DistributionId)
    run aws cloudfront create-invalidation --distribution-id "$distribution" --paths / /delete /apps /reference "${stale[@]}" \
      --query Invalidation.Id --output text
  else
    say "    nothing has changed"
  fi
fi

# --- Does it work? -----------------------------------------------------------------------------------------------

if [ -n "$api" ]; then
  begin "Waiting until the service is stable"
  cluster=$(output Cluster)
  service=$(output Service)
  run aws ecs wait services-stable --cluster "$cluster" --services "$service"
fi

# Asks until the answer holds what it should: an edge takes its time to learn of a new distribution.
ask() {
  until answer=$(curl -sS --fail --max-time 10 "$1" 2>&1) && [[ $answer == *"$2"* ]]; do
    [ $SECONDS -lt "$deadline" ] || fail "$1 does not answer as it should, with $2: $answer
What to look at: docs/deployment.md, \"If it does not work\""
    sleep 2
  done
  say "    $1 ${3:-$answer}"
}

if [ -z "$dry_run" ]; then
  begin "Asking the site"
  # CloudFront's own name, which works before DNS points to it.
  domain=$(output DistributionDomain)
  site=${SMOKE_URL:-https://$domain}
  deadline=$((SECONDS + ${SMOKE_SECONDS:-300}))
  if [ -n "$api" ]; then
    ask "$site/health" ok
    # An image that was named by hand tells a commit that we don't know.
    case $image in *"-$commit") ask "$site/version" "\"$commit\"" ;; *) ask "$site/version" commit ;; esac
  fi
  if [ -n "$page" ]; then ask "$site/" 'id="root"' "shows the page"; fi
fi

# As a task of the service's own: with its role, its settings and its network.
check() {
  found=$(aws ecs describe-services --cluster "$cluster" --services "$service" --output text --query "services[0].[
    taskDefinition, join('', ['awsvpcConfiguration={subnets=[',
    join(',', networkConfiguration.awsvpcConfiguration.subnets), '],securityGroups=[',
    join(',', networkConfiguration.awsvpcConfiguration.securityGroups), '],assignPublicIp=',
    networkConfiguration.awsvpcConfiguration.assignPublicIp, '}'])]")
  definition=${found%%$'\t'*}
  network=${found#*$'\t'}
  task=$(aws ecs run-task --cluster "$cluster" --task-definition "$definition" --launch-type FARGATE \
    --started-by deploy.sh --network-configuration "$network" --overrides "$override" \
    --query 'tasks[0].taskArn' --output text)
  aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task"
  code=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" \
    --query 'tasks[0].containers[0].exitCode' --output text)
  group=$(aws ecs describe-task-definition --task-definition "$definition" --output text \
    --query 'taskDefinition.containerDefinitions[0].logConfiguration.options."awslogs-group"')
  aws logs get-log-events --log-group-name "$group" --log-stream-name "api/api/${task##*/}" --start-from-head \
    --query 'events[].[message]' --output text || true
  [ "$code" = 0 ] || fail "the check of the store ended with $code; each ✗ above says what mends it. The release is up.
What it printed is also in CloudWatch: $group, api/api/${task##*/}"
}

if [ -n "$api" ]; then
  override='{"containerOverrides": [{"name": "api", "command": ["flask", "--app", "wsgi", "storage", "check"]}]}'
  begin "Checking the store, the links and what must be refused"
  if [ -n "$dry_run" ]; then
    run aws ecs run-task --cluster "$cluster" --overrides "$override"
  elif curl -sf --max-time 10 "${SMOKE_URL:-$(output SiteUrl)}/health" >/dev/null; then
    check
  else
    say "    not yet: it needs $(output SiteUrl), whose DNS does not point to $domain. Then run this again"
  fi
fi

if [ -z "$dry_run" ]; then
  begin "Done"
  awk -F '\t' '$1 == "output" { printf "    %-26s %s\n", $2, $3 }' <<<"$described"
  address=$(output SiteUrl)
  if [ "$address" != "https://$domain" ] && ! curl -sf --max-time 10 "$address/" >/dev/null; then
    say "$address does not answer yet: point its DNS to $domain."
  fi
  say "To roll back: git checkout TAG && deploy/deploy.sh"
  if [ -n "$api" ] && [ -n "$previous" ] && [ "$previous" != "$image" ]; then
    say "The API alone, at once: deploy/deploy.sh --api-only ImageUri=$previous"
  fi
fi
step=
