<?php
// Auth endpoints that somebody wrote by hand in PHP: /<defect> makes that mistake and no other, /none makes none.
// php -S 127.0.0.1:PORT servers.php, with the API key in ABLY_API_KEY and a
// folder of its own in KEPT_FOLDER.

const ABLY_ERROR = ['code' => 40300, 'statusCode' => 403, 'message' => 'Not logged in.'];

function b64(string $data): string
{
    return rtrim(strtr(base64_encode($data), '+/', '-_'), '=');
}

function sign(string $defect, string $key, ?string $clientId): string
{
    [$keyName, $secret] = explode(':', $key);
    $capability = match ($defect) {
        'every-right' => '{"*":["*"]}',
        'capability-from-query' => $_GET['capability'] ?? '{"chat:*":["subscribe"]}',
        'object-capability' => ['chat:*' => ['subscribe']],
        default => '{"chat:*":["subscribe"]}',
    };
    $ttl = match ($defect) {
        'whole-day' => 86400,
        'milliseconds' => 3600000,
        'ttl-from-query' => intdiv((int) ($_GET['ttl'] ?? 3600000), 1000),
        default => 3600,
    };
    $name = $defect === 'plural-claim' ? 'x-ably-capabilities' : 'x-ably-capability';
    $claims = ['iat' => time(), 'exp' => time() + $ttl, $name => $capability];
    if ($clientId !== null) {
        $claims['x-ably-clientId'] = $clientId;
    }
    $kid = $defect === 'app-id-as-kid' ? explode('.', $keyName)[0] : $keyName;
    $text = b64(json_encode(['alg' => 'HS256', 'typ' => 'JWT', 'kid' => $kid])) . '.' . b64(json_encode($claims));
    $hex = hash_hmac('sha256', $text, $secret);
    return $text . '.' . ($defect === 'hex-signature' ? $hex : b64(hex2bin($hex)));
}

function refuse(string $defect, array $headers): array
{
    $headers['Content-Type'] = 'application/json';
    if ($defect === 'error-charset') {
        $headers['Content-Type'] = 'application/json; charset=utf-8';
    }
    return match ($defect) {
        'redirect' => [302, ['Location' => '/login'], ''],
        'login-page' => [200, ['Content-Type' => 'text/html'], '<!doctype html><title>Login</title>'],
        'crash' => [500, ['Content-Type' => 'text/plain'], 'Undefined array key "user"'],
        'status-401' => [401, $headers, json_encode(['error' => ['code' => 40100, 'statusCode' => 401] + ABLY_ERROR])],
        'error-text' => [403, $headers, json_encode(['error' => 'Not logged in.'])],
        default => [403, $headers, json_encode(['error' => ABLY_ERROR])],
    };
}

function answer(string $defect, string $key): array
{
    $headers = ['Cache-Control' => 'private, no-store', 'X-Content-Type-Options' => 'nosniff'];
    $users = ['one' => 'alice', 'two' => 'bob'];
    $user = $users[$_COOKIE['sid'] ?? ''] ?? ($defect === 'everybody' ? 'alice' : null);
    if ($user === null) {
        return refuse($defect, $headers);
    }
    $clientId = match ($defect) {
        'client-id-from-query' => $_GET['clientId'] ?? $user,
        'random-id' => 'user-' . bin2hex(random_bytes(8)),
        'one-id' => 'user',
        'no-id' => null,
        default => $user,
    };
    $token = sign($defect, $key, $clientId);
    if ($defect === 'kept') {
        // PHP forgets everything between two requests but files.
        $file = getenv('KEPT_FOLDER') . "/$user";
        if (!file_exists($file)) {
            file_put_contents($file, $token);
        }
        $token = file_get_contents($file);
    }
    $headers['Content-Type'] = match ($defect) {
        'html-type' => 'application/octet-stream',
        'bare-as-json', 'wrapped', 'key-too' => 'application/json',
        'quoted' => 'text/plain',
        default => 'application/jwt',
    };
    $now = time() * 1000;
    $body = match ($defect) {
        'quoted' => json_encode($token),
        'wrapped' => json_encode(['accessToken' => $token]),
        'key-too' => json_encode(['token' => $token, 'issued' => $now, 'expires' => $now + 3600000, 'key' => $key]),
        default => $token,
    };
    if ($defect === 'cacheable') {
        $headers['Cache-Control'] = 'public, max-age=300';
    }
    if ($defect === 'sniffable') {
        unset($headers['X-Content-Type-Options']);
    }
    if ($defect === 'any-origin') {
        $headers['Access-Control-Allow-Origin'] = $_SERVER['HTTP_ORIGIN'] ?? '*';
        $headers['Access-Control-Allow-Credentials'] = 'true';
    }
    return [200, $headers, $body];
}

$defect = trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/');
[$status, $headers, $body] = answer($defect, getenv('ABLY_API_KEY'));
http_response_code($status);
foreach ($headers as $name => $value) {
    header("$name: $value");
}
echo $body;
