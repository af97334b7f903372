<?php
// Signs with nothing but PHP's own functions, as the guide shows, and compares the bytes with vectors/.
//
//     apt-get install php-cli && php test/languages/vectors.php
$folder = dirname(__DIR__, 2) . '/vectors';
$tokens = json_decode(file_get_contents("$folder/tokens.json"), true);
$verdicts = json_decode(file_get_contents("$folder/verdicts.json"), true);
[$name, $secret] = explode(':', $tokens['key']);
$base64url = fn (string $bytes): string => rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
$sign = fn (string $input): string => $base64url(hash_hmac('sha256', $input, $secret, true));
$problems = [];

foreach ($tokens['cases'] as $case) {
    $input = $base64url($case['header']) . '.' . $base64url($case['payload']);
    if ("$input." . $sign($input) !== $case['token']) $problems[] = "{$case['name']}: other bytes";
}
foreach ($verdicts['cases'] as $case) {
    $end = strrpos($case['token'], '.');
    $matches = hash_equals($sign(substr($case['token'], 0, $end)), substr($case['token'], $end + 1));
    if ($case['accepted'] && !$matches) $problems[] = "{$case['name']}: refused";
    if (($case['code'] ?? '') === 'SIGNATURE_INVALID' && $matches) $problems[] = "{$case['name']}: accepted";
}

$total = count($tokens['cases']) + count($verdicts['cases']);
echo $problems === [] ? 'PHP ' . PHP_VERSION . ": $total vectors agree.\n" : implode("\n", $problems) . "\n";
exit($problems === [] ? 0 : 1);
